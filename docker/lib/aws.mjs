// @ts-check
import { firstLine, isInstalled, Refusal, shell } from './shell.mjs'
import { stacks } from './stacks.mjs'

/** ECR Public is in one region. */
export const PUBLIC_REGION = 'us-east-1'

const AGAIN = 'then run this again.'

/** @typedef {Awaited<ReturnType<typeof connect>>} Aws */
/** @typedef {import('./shell.mjs').Options & { in?: string, output?: 'text' | 'json' }} AwsOptions `in` is another region */

/**
 * Tools, region and account, checked in that order.
 *
 * @param {import('./arguments.mjs').Arguments} args
 * @throws Refusal saying which is missing, and how to come by it
 */
export async function connect({ region: wanted, dry, destroy }) {
  if (!dry) await checkTools(destroy)
  let region = wanted ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || '')
  const { read: readFrom, run, pipe } = shell({ dry, explain: error => explain(error, region) })
  region ||= await readFrom(['aws', 'configure', 'get', 'region'], { dry: 'REGION', refusal: () => NO_REGION })
  if (!/^[a-z]{2}(-[a-z]+)+-\d$|^REGION$/.test(region))
    throw new Refusal(`"${region}" is not a region. --region takes one such as us-east-1.`)

  /** @param {string[]} words @param {AwsOptions} [options] */
  const read = (words, { in: place = region, output = 'text', ...options } = {}) =>
    readFrom(['aws', ...words, '--region', place, '--output', output], options)
  /** @param {string[]} words @param {AwsOptions} [options] */
  const change = (words, { in: place = region, ...options } = {}) => run(['aws', ...words, '--region', place], options)
  /** @param {string[]} words @param {import('./shell.mjs').Options} [options] */
  const docker = (words, options) => run(['docker', ...words], options)
  /** @param {string} registry @param {string} api @param {string} place its region */
  const logIn = (registry, api, place) =>
    pipe(['aws', api, 'get-login-password', '--region', place], ['docker', 'login', '--username', 'AWS', '--password-stdin', registry], {
      refusal: error => `The registry did not let Docker in (${firstLine(error)}). Look at docker's credential helper, ${AGAIN}`
    })

  const account = await read(['sts', 'get-caller-identity', '--query', 'Account'], { dry: 'ACCOUNT' })
  if (!destroy) await readFrom(['docker', 'ps', '--quiet'], { refusal: noEngine })
  return { dry, region, account, read, change, docker, logIn, ...stacks({ read, change, region }) }
}

/** @param {boolean} destroy */
async function checkTools(destroy) {
  const tools = {
    aws: 'the AWS CLI (https://aws.amazon.com/cli)',
    ...(!destroy && { docker: 'Docker (https://docs.docker.com/get-docker)' })
  }
  const missing = []
  for (const [command, name] of Object.entries(tools)) if (!(await isInstalled(command))) missing.push(name)
  if (missing.length > 0) throw new Refusal(`Not found: ${missing.join(' and ')}. Install what is missing, ${AGAIN}`)
}

const NO_REGION = `No region is set. Add --region us-east-1, or: aws configure set region us-east-1; ${AGAIN}`

/** @param {string} error */
const noEngine = error => `Docker is installed, but its engine does not answer (${firstLine(error)}). Start it, ${AGAIN}`

/** What AWS says when the arguments are good and something around them is not. @param {string} error @param {string} region */
function explain(error, region) {
  if (/Unable to locate credentials|Partial credentials|profile .* could not be found/i.test(error))
    return `AWS does not know who you are (${firstLine(error)}). Set up aws configure or AWS_PROFILE, ${AGAIN}`
  if (/expired|SSO Token/i.test(error)) return `Your AWS credentials have expired. Renew them, with aws sso login for example, ${AGAIN}`
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|AuthFailure/.test(error))
    return `AWS does not take your credentials in ${region}. Look whether aws sts get-caller-identity works, and whether the account has this region enabled; ${AGAIN}`
  if (/Could not connect|timeout on endpoint|Failed to resolve/i.test(error))
    return `AWS cannot be reached in ${region}. Look whether this machine is online and whether aws ec2 describe-regions has this region; ${AGAIN}`
  if (/AccessDenied|not authorized/i.test(error))
    return `AWS does not allow it: ${firstLine(error)} Ask for that permission or set another AWS_PROFILE, ${AGAIN}`
  return undefined
}
