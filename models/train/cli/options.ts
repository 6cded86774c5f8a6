import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { list, number, whole } from './parsers.js'
import { DEFAULTS, MODELS, type Settings } from '../model/settings.js'
import { STARS } from '../model/rating-weights.js'

interface SettingOption {
  flags: string
  description: string
  parse?: (text: string) => unknown
  choices?: readonly string[]
}

/** Each setting as an option, in the order of the help. Their defaults are those of `DEFAULTS`. */
const OPTIONS: Record<keyof Settings, SettingOption> = {
  model: { flags: '--model <kind>', description: 'iALS, a linear autoencoder, or both side by side' },
  like: {
    flags: '--like <rating>',
    description: 'a rating of at least this is a like (default: 4 of 5 stars; other scales are looked at)',
    parse: number(-1e9, 1e9)
  },
  dimensions: { flags: '--dimensions <d>', description: 'width of a row: 4 d bytes a movie', parse: whole(1, 1024) },
  weights: {
    flags: '--weights <list>',
    description: `what ${STARS.join(', ')} stars weigh in a history; other scales are stretched to stars`,
    parse: list(STARS.length, -10, 10)
  },
  ialsDimensions: { flags: '--ials-dimensions <d>', description: 'width of iALS before the models are joined', parse: whole(1, 1024) },
  alpha0: { flags: '--alpha0 <weight>', description: 'α₀, weight of what nobody rated', parse: number(1e-9, 1e3) },
  lambda: {
    flags: '--lambda <weight>',
    description: 'λ, weight of the regularization of iALS; 0: chosen by the data',
    parse: number(0, 1e3)
  },
  nu: { flags: '--nu <exponent>', description: 'ν, how regularization grows with the number of ratings', parse: number(0, 4) },
  rounds: { flags: '--rounds <count>', description: 'how often all users and all items are solved', parse: whole(1, 1000) },
  foldInLikes: { flags: '--fold-in-likes <n>', description: 'n̄, how many likes the fold-in expects of a user', parse: number(1e-3, 1e6) },
  ialsStars: { flags: '--ials-stars <weight>', description: 'how much more a star above a like weighs in iALS', parse: number(0, 1) },
  ialsBelow: { flags: '--ials-below <weight>', description: 'what a rating below a like weighs in iALS', parse: number(0, 1) },
  ialsTau: {
    flags: '--ials-tau <exponent>',
    description: 'τ, how much less each rating of busy users weighs in iALS',
    parse: number(0, 1)
  },
  laeDirections: { flags: '--lae-directions <count>', description: 'singular directions of the autoencoder', parse: whole(1, 1024) },
  laeLambdaRank: {
    flags: '--lae-lambda-rank <k>',
    description: 'λ of the autoencoder is the square of the k-th singular value',
    parse: number(1, 1024)
  },
  laeBelow: { flags: '--lae-below <weight>', description: 'β, what 3 stars weigh in the autoencoder', parse: number(0, 1) },
  laeTau: { flags: '--lae-tau <exponent>', description: 'τ of the autoencoder', parse: number(0, 1) },
  share: { flags: '--share <share>', description: 'share of iALS in the scores of both', parse: number(0, 1) },
  damping: { flags: '--damping <exponent>', description: 'rows are multiplied by likes^-exponent', parse: number(0, 1) },
  prior: { flags: '--prior <strength>', description: 'how much popularity counts while a history is short', parse: number(0, 1e3) },
  fade: {
    flags: '--fade <rate>',
    description: 'how fast that fades: gone when squared weights add up to 1/rate',
    parse: number(1e-6, 1e6)
  },
  seed: { flags: '--seed <number>', description: 'where chance starts; the same seed gives the same bytes', parse: whole(0, 2 ** 32 - 1) }
}

const NAMES = Object.keys(OPTIONS) as (keyof Settings)[]

export interface Options extends Omit<Settings, 'like'> {
  like?: number
  threads: number
}

/**
 * The settings, as options that all commands share.
 *
 * @param model in place of `--model` with a kind of model alone
 */
export function addSettings(command: Command, model: SettingOption = { ...OPTIONS.model, choices: MODELS }): Command {
  for (const name of NAMES) {
    const { flags, description, parse, choices } = name === 'model' ? model : OPTIONS[name]
    const option = new Option(flags, description)
    // The data decides what a like is where nobody says it.
    if (name !== 'like') option.default(DEFAULTS[name], textOf(DEFAULTS[name]))
    if (parse) option.argParser(parse)
    if (choices) option.choices(choices)
    command.addOption(option)
  }
  return addThreads(command)
}

export const addThreads = (command: Command): Command =>
  command.option('--threads <count>', 'threads to train on; the result does not depend on it', whole(1, 256), availableParallelism())

/** The settings alone. */
export function settingsOf(options: Options, like: number): Settings {
  return Object.fromEntries(NAMES.map(name => [name, name === 'like' ? like : options[name]])) as unknown as Settings
}

/** The numbers among the settings, as the manifest keeps them. What ratings weigh stands there already. */
export function numbersOf(settings: Settings): Record<string, number> {
  return Object.fromEntries(Object.entries(settings).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

/** The options that give these settings. */
export function argumentsOf(settings: Settings): string[] {
  return NAMES.map(name => `${OPTIONS[name].flags.split(' ')[0]} ${textOf(settings[name])}`)
}

const textOf = (value: Settings[keyof Settings]): string => String(value)
