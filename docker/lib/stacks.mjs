// @ts-check
import { relativePath } from './paths.mjs'
import { Refusal } from './shell.mjs'

const AGAIN = 'then run this again.'

/** @typedef {import('./aws.mjs').AwsOptions} Options */

/**
 * CloudFormation's stacks.
 *
 * @param {object} aws
 * @param {(words: string[], options?: Options) => Promise<string>} aws.read
 * @param {(words: string[], options?: Options) => Promise<void>} aws.change
 * @param {string} aws.region
 */
export function stacks({ read, change, region }) {
  /** One fact of a stack, or '' where there is no such stack. @param {string} stack @param {string} query @param {Options} [options] */
  const fact = (stack, query, options) =>
    read(['cloudformation', 'describe-stacks', '--stack-name', stack, '--query', `Stacks[0].${query}`], {
      ...options,
      recover: error => (/does not exist/.test(error) ? '' : undefined)
    })

  /** @param {string} stack @param {Options} [options] */
  const status = (stack, options) => fact(stack, 'StackStatus', options)

  /** @param {string} stack @param {string} template @param {Record<string, string>} parameters @param {{ in?: string }} [options] */
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
    const source = ['--stack-name', stack, '--template-file', relativePath(template), '--parameter-overrides', ...settings]
    await change(['cloudformation', 'deploy', ...source, '--capabilities', 'CAPABILITY_IAM', '--no-fail-on-empty-changeset'], {
      in: place,
      refusal: error => refused(stack, place, error)
    })
  }

  /** @param {string} stack @param {{ in?: string }} [options] */
  async function deleteStack(stack, { in: place = region } = {}) {
    if (!(await status(stack, { in: place, dry: 'CREATE_COMPLETE' }))) return
    await change(['cloudformation', 'delete-stack', '--stack-name', stack], { in: place })
    const refusal = async () => `${await firstFailure(stack, place)} Remove what holds it, ${AGAIN}`
    await change(['cloudformation', 'wait', 'stack-delete-complete', '--stack-name', stack], { in: place, refusal })
  }

  /** @param {string} stack @param {string} place @param {string} error */
  async function refused(stack, place, error) {
    const [, types] = error.match(/Unrecognized resource types: \[(.*?)\]/) ?? []
    if (types) return `${place} has no ${types}. Give --region another region.`
    const [, problem] = error.match(/\(ValidationError\).*?: (.*)/) ?? []
    if (problem) return `CloudFormation refuses it: ${problem}. Correct the parameter that it names, ${AGAIN}`
    if (/Failed to create\/update the stack|Waiter .* failed/.test(error))
      return `${await firstFailure(stack, place)} CloudFormation has taken its changes back. Put that right, ${AGAIN}`
    return undefined
  }

  /** @param {string} stack @param {string} place */
  async function firstFailure(stack, place) {
    const describe = ['cloudformation', 'describe-stack-events', '--stack-name', stack, '--query', 'StackEvents']
    /** @type {{ LogicalResourceId: string, ResourceType: string, ResourceStatus: string, ResourceStatusReason?: string }[]} */
    const events = JSON.parse(await read(describe, { in: place, output: 'json' }))
    // Newest first, back to where this change began.
    const began = events.findIndex(
      event => event.LogicalResourceId === stack && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(event.ResourceStatus)
    )
    const failed = events
      .slice(0, began + 1 || undefined)
      .filter(event => /_FAILED$/.test(event.ResourceStatus) && !/cancelled/i.test(event.ResourceStatusReason ?? ''))
      .at(-1)
    if (!failed) return `The stack ${stack} failed.`
    return `${failed.LogicalResourceId} (${failed.ResourceType}) failed first: ${failed.ResourceStatusReason ?? 'no reason is given'}`
  }

  /** @param {string} stack @returns {Promise<Record<string, string>>} its parameters; none where there is no such stack */
  async function parameters(stack) {
    /** @type {{ ParameterKey: string, ParameterValue: string }[]} */
    const listed = JSON.parse((await fact(stack, 'Parameters', { output: 'json' })) || '[]') ?? []
    return Object.fromEntries(listed.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]))
  }

  /** @param {string} stack @param {string} key */
  const output = (stack, key) => fact(stack, `Outputs[?OutputKey=='${key}'].OutputValue`, { dry: key.toUpperCase() })

  return { status, parameters, output, deployStack, deleteStack }
}
