import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { number, whole } from './parsers.js'
import type { Settings } from '../ials/fit.js'

/** The hyper-parameters, as options that `train` and `evaluate` share. */
export function addSettings(command: Command): Command {
  return command
    .option('--like <rating>', 'a rating of at least this is a like', number(-1e9, 1e9), 4)
    .option('--dimensions <d>', 'width of a factor', whole(1, 1024), 64)
    .option('--alpha0 <weight>', 'α₀, weight of what nobody liked', number(1e-9, 1e3), 0.1)
    .option('--lambda <weight>', 'λ, weight of the regularization', number(1e-9, 1e3), 0.018)
    .option('--nu <exponent>', 'ν, how regularization grows with the number of likes', number(0, 4), 1)
    .option('--rounds <count>', 'how often all users and all items are solved', whole(1, 1000), 16)
    .option('--fold-in-likes <n>', 'n̄, how many likes the fold-in expects of a user', number(1e-3, 1e6), 30)
    .option('--seed <number>', 'where chance starts; the same seed gives the same bytes', whole(0, 2 ** 32 - 1), 1)
    .option('--threads <count>', 'threads to train on; the result does not depend on it', whole(1, 256), availableParallelism())
}

export interface Options extends Settings {
  threads: number
}

/** The settings alone, as the manifest keeps them. */
export function settingsOf({ like, dimensions, alpha0, lambda, nu, rounds, foldInLikes, seed }: Options): Settings {
  return { like, dimensions, alpha0, lambda, nu, rounds, foldInLikes, seed }
}
