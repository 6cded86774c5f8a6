import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Refusal } from './shell.mjs'
import { FILLED_IN, parametersOf, TARGETS } from './targets.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A file as it could be typed here. */
export const relativePath = file => relative(process.cwd(), file) || '.'

const names = Object.keys(TARGETS).join(', ')

export const HELP = `Usage: docker/deploy TARGET [Parameter=Value ...] [options]
       docker/deploy --destroy TARGET [options]

Builds the image, pushes it to a repository of its own, deploys docker/templates/TARGET.yaml, waits, and asks the
service once. Run it again after a change; what has not changed stays. It needs the AWS CLI and Docker.

Targets: ${names}

  Parameter=Value   a parameter of the template; it keeps its value until it is given again (options do not)
  --region REGION   where to (default: AWS_REGION, or what the AWS CLI is configured for)
  --arch ARCH       amd64 or arm64 (default: amd64)
  --name NAME       the stack is called NAME-TARGET (default: movie-recommender)
  --model FOLDER    the model in the image (default: models/movielens/1)
  --public          push to ECR Public, where anybody may pull the image
  --wait SECONDS    how long to ask until the service answers (default: 300)
  --dry-run         print the plan and the commands; run none, need no credentials
  --destroy         take it down: the stack, the repository and its images
  --help            this text
`

/** @throws Refusal saying what was wrong in the arguments */
export function readArguments(args) {
  const { values, positionals } = parse(args)
  if (values.help) return { help: true }
  const { 'dry-run': dry, ...options } = values
  const [target, ...settings] = positionals
  const traits = Object.hasOwn(TARGETS, target ?? '') ? TARGETS[target] : undefined
  if (!traits) throw new Refusal(`${target ? `There is no target "${target}"` : 'No target is named'}. Take one of: ${names}.`)
  check(options, traits)
  const template = join(ROOT, 'docker/templates', `${target}.yaml`)
  const rules = parametersOf(template)
  const defaults = Object.fromEntries(Object.entries(rules).map(([name, { Default }]) => [name, Default]))
  const parameters = Object.fromEntries(settings.map(setting => readSetting(setting, target, rules)))
  checkTogether(parameters, options)
  return { ...options, dry, target, traits, template, defaults, parameters, wait: Number(options.wait), stack: `${options.name}-${target}` }
}

function parse(args) {
  const text = value => ({ type: 'string', default: value })
  const flag = { type: 'boolean', default: false }
  const options = {
    region: { type: 'string' },
    arch: text('amd64'),
    name: text('movie-recommender'),
    model: text('models/movielens/1'),
    wait: text('300'),
    public: flag,
    'dry-run': flag,
    destroy: flag,
    help: flag
  }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new Refusal(`${error.message.split('. ')[0]}. docker/deploy --help lists the options.`)
  }
}

function check({ arch, model, name, public: open, wait }, { architectures, title, privateOnly }) {
  if (!architectures.includes(arch))
    throw new Refusal(`${title} runs ${architectures.join(' and ')} images. Give --arch ${architectures.join(' or ')}.`)
  if (open && privateOnly) throw new Refusal(`${title} pulls from private repositories only. Leave out --public.`)
  if (!/^[a-z][a-z0-9-]{1,19}$/.test(name))
    throw new Refusal(`--name takes 2 to 20 small letters, digits and hyphens, a letter first; it was "${name}".`)
  if (!/^\d{1,4}$/.test(wait)) throw new Refusal(`--wait takes 0 to 9999 seconds; it was "${wait}".`)
  if (!existsSync(join(ROOT, model, 'manifest.json')))
    throw new Refusal(
      `${model} is no model folder, for it has no manifest.json. --model takes a folder of this project, such as models/movielens/1.`
    )
}

function readSetting(setting, target, rules) {
  const [, name, value] = setting.match(/^(\w+)=(.*)$/s) ?? []
  const settable = Object.keys(rules).filter(parameter => !FILLED_IN.includes(parameter))
  if (!settable.includes(name)) {
    const wrong = name ? `${target} has no parameter ${name}` : `"${setting}" is not of the form Parameter=Value`
    throw new Refusal(`${wrong}. The parameters of ${target} are ${settable.join(', ')}.`)
  }
  const expected = expectation(rules[name], value)
  if (expected) throw new Refusal(`${name} has to be ${expected}; it was "${value}".`)
  return [name, value]
}

/** What contradicts itself, whatever a stack that is there already says of the other parameters. */
function checkTogether({ SpotWeight, OnDemandWeight, Network, MinTasks, MaxTasks, MinInstances, MaxInstances }, { public: open }) {
  if (Number(SpotWeight) === 0 && Number(OnDemandWeight) === 0) throw new Refusal('OnDemandWeight and SpotWeight cannot both be 0.')
  if (Number(MinTasks) > Number(MaxTasks)) throw new Refusal(`MinTasks cannot be more than MaxTasks; it was ${MinTasks} of ${MaxTasks}.`)
  if (Number(MinInstances) > Number(MaxInstances))
    throw new Refusal(`MinInstances cannot be more than MaxInstances; it was ${MinInstances} of ${MaxInstances}.`)
  if (open && Network === 'endpoints')
    throw new Refusal('Network=endpoints reaches private repositories only. Leave out --public, or give Network=public or Network=nat.')
}

/** What a value should have been, if it may not be this. CloudFormation would say so too, when the image has been pushed. */
function expectation({ Type, AllowedValues, AllowedPattern, ConstraintDescription, MinValue, MaxValue }, value) {
  if (AllowedValues) return AllowedValues.includes(value) ? undefined : `one of ${AllowedValues.join(', ')}`
  if (AllowedPattern) return new RegExp(`^(?:${AllowedPattern})$`).test(value) ? undefined : ConstraintDescription
  // each of ours counts something
  if (Type !== 'Number' || (/^\d+$/.test(value) && value >= Number(MinValue) && value <= Number(MaxValue))) return undefined
  return `a whole number from ${MinValue} to ${MaxValue}`
}
