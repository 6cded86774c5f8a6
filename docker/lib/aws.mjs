import { relativePath } from './arguments.mjs'
import { firstLine, isThere, Refusal, shell } from './shell.mjs'

/** ECR Public is in one region. */
export const PUBLIC = 'us-east-1'

const AGAIN = 'then run this again.'

/**
 * Tools, region and account, checked in that order.
 *
 * @throws Refusal saying which is missing, and how to come by it
 */
export async function connect({ region: wanted, dry, destroy }) {
  const tools = {
    aws: 'the AWS CLI (https://aws.amazon.com/cli)',
    ...(!destroy && { docker: 'Docker (https://docs.docker.com/get-docker)' })
  }
  if (!dry) await checkTools(tools)
  let region = wanted ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined)
  const { read, run } = shell({ dry, explain: error => explain(error, region) })
  region ??= await read('aws', ['configure', 'get', 'region'], { dry: 'REGION', refusal: () => NO_REGION })
  if (!/^[a-z]{2}(-[a-z]+)+-\d$|^REGION$/.test(region))
    throw new Refusal(`"${region}" is not a region. --region takes one such as us-east-1.`)

  const aws = (words, { in: place = region, output = 'text', ...options } = {}) =>
    read('aws', [...words, '--region', place, '--output', output], options)
  const change = (words, { in: place = region, ...options } = {}) => run('aws', [...words, '--region', place], options)
  const account = await aws(['sts', 'get-caller-identity', '--query', 'Account'], { dry: 'ACCOUNT' })
  if (!destroy) await read('docker', ['ps', '--quiet'], { refusal: noEngine })
  return { dry, region, account, aws, change, docker: (words, options) => run('docker', words, options), ...stacks(aws, change, region) }
}

async function checkTools(tools) {
  const missing = []
  for (const [command, name] of Object.entries(tools)) if (!(await isThere(command))) missing.push(name)
  if (missing.length > 0) throw new Refusal(`Not found: ${missing.join(' and ')}. Install what is missing, ${AGAIN}`)
}

const NO_REGION = `No region is set. Add --region us-east-1, or: aws configure set region us-east-1; ${AGAIN}`
const noEngine = error => `Docker is installed, but its engine does not answer (${firstLine(error)}). Start it, ${AGAIN}`

/** What AWS says when the arguments are good and something around it is not. */
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

function stacks(aws, change, region) {
  /** One fact of a stack, or '' where there is no such stack. */
  const fact = (stack, query, options) =>
    aws(['cloudformation', 'describe-stacks', '--stack-name', stack, '--query', `Stacks[0].${query}`], {
      ...options,
      recover: error => (/does not exist/.test(error) ? '' : undefined)
    })
  const status = (stack, options) => fact(stack, 'StackStatus', options)

  async function deployStack(stack, template, parameters, { in: place = region } = {}) {
    const before = await status(stack, { in: place })
    if (/^(CREATE|UPDATE|DELETE|ROLLBACK)_.*IN_PROGRESS$|^ROLLBACK_IN_PROGRESS$/.test(before))
      throw new Refusal(`The stack ${stack} is being changed (${before}). Wait until that has ended, ${AGAIN}`)
    if (before === 'UPDATE_ROLLBACK_FAILED')
      throw new Refusal(
        `The stack ${stack} hangs half-way back. Run aws cloudformation continue-update-rollback --stack-name ${stack}, ${AGAIN}`
      )
    // What is left of a first try that failed can only be deleted.
    if (/^(ROLLBACK_COMPLETE|REVIEW_IN_PROGRESS)$|^(CREATE|ROLLBACK|DELETE)_FAILED$/.test(before)) await deleteStack(stack, { in: place })
    const settings = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
    const deploy = [
      'cloudformation',
      'deploy',
      '--stack-name',
      stack,
      '--template-file',
      relativePath(template),
      '--parameter-overrides',
      ...settings
    ]
    await change([...deploy, '--capabilities', 'CAPABILITY_IAM', '--no-fail-on-empty-changeset'], {
      in: place,
      refusal: error => refused(stack, place, error)
    })
  }

  async function deleteStack(stack, { in: place = region } = {}) {
    if (!(await status(stack, { in: place, dry: 'CREATE_COMPLETE' }))) return
    await change(['cloudformation', 'delete-stack', '--stack-name', stack], { in: place })
    const refusal = async () => `${await firstFailure(stack, place)} Remove what holds it, ${AGAIN}`
    await change(['cloudformation', 'wait', 'stack-delete-complete', '--stack-name', stack], { in: place, refusal })
  }

  async function refused(stack, place, error) {
    const [, types] = error.match(/Unrecognized resource types: \[(.*?)\]/) ?? []
    if (types) return `${place} has no ${types}. Give --region another region.`
    const [, problem] = error.match(/\(ValidationError\).*?: (.*)/) ?? []
    if (problem) return `CloudFormation refuses it: ${problem}. Correct the parameter that it names, ${AGAIN}`
    if (/Failed to create\/update the stack|Waiter .* failed/.test(error))
      return `${await firstFailure(stack, place)} CloudFormation has taken its changes back. Put that right, ${AGAIN}`
    return undefined
  }

  async function firstFailure(stack, place) {
    const describe = ['cloudformation', 'describe-stack-events', '--stack-name', stack, '--query', 'StackEvents']
    const events = JSON.parse(await aws(describe, { in: place, output: 'json' }))
    // Newest first, back to where this change began.
    const began = events.findIndex(
      event => event.LogicalResourceId === stack && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(event.ResourceStatus)
    )
    const failed = events
      .slice(0, began + 1 || undefined)
      .filter(event => /_FAILED$/.test(event.ResourceStatus) && !/cancelled/i.test(event.ResourceStatusReason))
      .at(-1)
    if (!failed) return `The stack ${stack} failed.`
    return `${failed.LogicalResourceId} (${failed.ResourceType}) failed first: ${failed.ResourceStatusReason ?? 'no reason is given'}`
  }

  /** What the parameters of a stack are; none where there is no such stack. */
  async function parameters(stack) {
    const listed = JSON.parse((await fact(stack, 'Parameters', { output: 'json' })) || '[]') ?? []
    return Object.fromEntries(listed.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]))
  }

  return {
    status,
    parameters,
    deployStack,
    deleteStack,
    output: (stack, key, options) => fact(stack, `Outputs[?OutputKey=='${key}'].OutputValue`, { dry: key.toUpperCase(), ...options })
  }
}
