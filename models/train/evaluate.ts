import { Command } from 'commander'
import { addSettings, argumentsOf, numbersOf, type Options, settingsOf } from './cli/options.js'
import { whole } from './cli/parsers.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { likesOf } from './data/likes.js'
import { type Ratings, readRatings } from './data/ratings.js'
import { baselinesFor, type Evaluated, evaluateSplit, type Judging, withTrained } from './evaluation/evaluate-split.js'
import type { Ranker } from './evaluation/baselines.js'
import { MOST_USERS } from './evaluation/ease.js'
import { reportOf, tableOf } from './evaluation/report.js'
import { serve } from './evaluation/served.js'
import { allUsers, knownUsers, newUsers, type Split } from './evaluation/splits.js'
import { write } from './export/write.js'
import { sha256 } from '../../src/recommender/model/manifest.js'

interface EvaluateOptions extends Options {
  ratings: string
  folder?: string
  splits?: string[]
  people: number
  json?: string
}

/** With more ratings than this, one split and one training for known and new users together. */
const LARGE = 1_000_000

await run(
  addSettings(
    new Command('npm run evaluate --')
      .description('Trains on a part of the ratings and measures how well the service finds the rest, beside EASE, item-kNN and what is popular.')
      .requiredOption('--ratings <file>', 'ratings.csv: userId, movieId, rating and, if known, timestamp; .gz too')
      .option('--folder <folder>', 'judge this model folder as it is served, and train none')
      .option('--splits <seeds...>', 'seed texts of the splits; by default dev-1 to dev-5, and dev-1 alone for more than a million ratings')
      .option('--people <count>', 'of how many people to judge at most, in each split', whole(1, 1e9), 2000)
      .option('--json <file>', 'write every figure there, too')
  )
    .showHelpAfterError()
    .action(evaluate)
)
