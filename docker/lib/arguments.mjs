// @ts-check
import { parseArgs } from 'node:util'
import { checkValue } from './parameters.mjs'
import { templateFile } from './paths.mjs'
import { Refusal } from './shell.mjs'
import { FILLED_IN, TARGETS } from './targets.mjs'
import { readParameters } from './template.mjs'

const names = Object.keys(TARGETS).join(', ')

export const HELP = `Usage: docker/deploy TARGET [Parameter=Value ...] [options]
       docker/deploy --destroy TARGET [options]

Builds the image, pushes it to a repository of its own, deploys docker/templates/TARGET.yaml, waits, and sends the
service one request. Says first what it will do and what that costs, and asks whether to go on. Run it again after a
change; what has not changed stays. It needs the AWS CLI and Docker.

Targets: ${names}

  Parameter=Value     a parameter of the template; it keeps its value until it is given again (options do not)
  --region REGION     where to (default: AWS_REGION, or what the AWS CLI is configured for)
  --arch ARCH         amd64 or arm64 (default: amd64)
  --name NAME         the stack is called NAME-TARGET (default: movie-recommender)
  --model FOLDER      the model in the image (default: models/movielens/2)
  --public            push to ECR Public, where anybody may pull the image
  --wait SECONDS      how long to wait until the service answers (default: 300)
  --dry-run           print the plan and the commands; run none, need no credentials
  --yes               go on without asking; needed where there is no terminal
  --destroy           take it down: the stack, the repository and its images; what people have rated stays
  --delete-histories  with --destroy: delete what people have rated, too
  --help              this text
`

/**
 * @typedef {object} Arguments
 * @property {string} target
 * @property {import('./targets.mjs').Traits} traits of the target
 * @property {string} template its file
 * @property {Record<string, string>} defaults of the template's parameters, empty where there is none
 * @property {Record<string, string>} parameters as they are given
 * @property {string} stack its name
 * @property {string | undefined} region
 * @property {string} arch
 * @property {string} model
 * @property {number} wait
 * @property {boolean} public
 * @property {boolean} dry
 * @property {boolean} yes
 * @property {boolean} destroy
 * @property {boolean} deleteHistories
 */

/**
 * @param {string[]} args
 * @returns {Arguments | undefined} undefined where they want help
 * @throws Refusal saying what is wrong in them
 */
export function readArguments(args) {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  const [target, ...settings] = positionals
  const traits = Object.hasOwn(TARGETS, target ?? '') ? TARGETS[target] : undefined
  if (!traits) throw new Refusal(`${target ? `There is no target "${target}"` : 'No target is named'}. Take one of: ${names}.`)
  checkOptions(values, traits)
  const template = templateFile(target)
  const known = readParameters(template)
  return {
    target,
    traits,
    template,
    defaults: Object.fromEntries(Object.entries(known).map(([name, { Default = '' }]) => [name, Default])),
    parameters: Object.fromEntries(settings.map(setting => readSetting(setting, target, known, traits.lacks))),
    stack: `${values.name}-${target}`,
    region: values.region,
    arch: values.arch,
    model: values.model,
    wait: Number(values.wait),
    public: values.public,
    dry: values['dry-run'],
    yes: values.yes,
    destroy: values.destroy,
    deleteHistories: values['delete-histories']
  }
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        region: { type: 'string' },
        arch: { type: 'string', default: 'amd64' },
        name: { type: 'string', default: 'movie-recommender' },
        model: { type: 'string', default: 'models/movielens/2' },
        wait: { type: 'string', default: '300' },
        public: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        destroy: { type: 'boolean', default: false },
        'delete-histories': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    })
  } catch (error) {
    throw new Refusal(`${/** @type {Error} */ (error).message.split('. ')[0]}. docker/deploy --help lists the options.`)
  }
}

/** @param {ReturnType<typeof parse>['values']} options @param {import('./targets.mjs').Traits} traits */
function checkOptions({ arch, name, public: isPublic, wait, destroy, ...options }, { architectures, title, privateOnly }) {
  if (!architectures.includes(arch))
    throw new Refusal(`${title} runs ${architectures.join(' and ')} images. Give --arch ${architectures.join(' or ')}.`)
  if (isPublic && privateOnly) throw new Refusal(`${title} pulls from private repositories only. Leave out --public.`)
  if (!/^[a-z][a-z0-9-]{1,19}$/.test(name))
    throw new Refusal(`--name takes 2 to 20 small letters, digits and hyphens, a letter first; it was "${name}".`)
  if (options['delete-histories'] && !destroy) throw new Refusal('--delete-histories goes with --destroy only.')
  if (!/^\d{1,4}$/.test(wait)) throw new Refusal(`--wait takes 0 to 9999 seconds; it was "${wait}".`)
}

/**
 * @param {string} setting `Parameter=Value`
 * @param {string} target
 * @param {Record<string, import('./template.mjs').Parameter>} known
 * @param {Record<string, string>} [lacks] why it has not what others have
 */
function readSetting(setting, target, known, lacks = {}) {
  const [, name, value] = setting.match(/^(\w+)=(.*)$/s) ?? []
  const settable = Object.keys(known).filter(parameter => !FILLED_IN.includes(parameter))
  if (name in lacks) throw new Refusal(`${target} has no parameter ${name}: ${lacks[name]}`)
  if (!settable.includes(name)) {
    const wrong = name ? `${target} has no parameter ${name}` : `"${setting}" is not of the form Parameter=Value`
    throw new Refusal(`${wrong}. The parameters of ${target} are ${settable.join(', ')}.`)
  }
  checkValue(name, value, known[name])
  return [name, value]
}
