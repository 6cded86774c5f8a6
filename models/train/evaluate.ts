import { basename } from 'node:path'
import { Command } from 'commander'
import { addInput, type InputOptions, readInput } from './cli/input.js'
import { addSettings, numbersOf, type Options, settingsOf } from './cli/options.js'
import { whole } from './cli/parsers.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { likesOf } from './data/likes.js'
import type { Ratings } from './data/ratings.js'
import type { Ranker } from './evaluation/baselines.js'
import { MOST_USERS } from './evaluation/ease.js'
import { baselinesFor, type Evaluated, evaluateSplit, means, withTrained } from './evaluation/evaluate-split.js'
import { reportOf, tableOf } from './evaluation/report.js'
import { serve } from './evaluation/served.js'
import { allUsers, knownUsers, newUsers, type Split } from './evaluation/splits.js'
import { write } from './export/write.js'
import { MODELS } from './model/settings.js'

interface EvaluateOptions extends Omit<Options, 'model'>, InputOptions {
  /** a kind of model, or a folder */
  model: string
  splits?: string[]
  people: number
  json?: string
}

/** With more ratings than this, one split, and one training for known and new users together. */
const LARGE = 1_000_000
/** Lengths of short histories that new users are tried with. */
const SHORT = [1, 3, 5, 10]

await run(
  addSettings(
    addInput(
      new Command('npm run evaluate --').description(
        'Trains on a part of the ratings and measures how well the service finds the rest, beside EASE, item-kNN and what is popular.'
      )
    )
      .option('--splits <seeds...>', 'seed texts of the splits (default: dev-1 to dev-5; for more than a million ratings dev-1 alone)')
      .option('--people <count>', 'how many people to judge at most, in each split', whole(1, 1e9), 2000)
      .option('--json <file>', 'write every figure there, too'),
    { flags: '--model <kind or folder>', description: `${MODELS.join(', ')}; or a model folder, which is judged as it is served` }
  ).action(evaluate)
)

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { json, threads } = options
  const { ratings, like, sha256 } = await readInput(options, sentence => void process.stdout.write(`${sentence}\n`))
  const settings = settingsOf(options as Options, like)
  const folder = (MODELS as readonly string[]).includes(options.model) ? undefined : options.model
  if (folder) await warnOfLeaks(folder, sha256)

  const withModel: WithModel = folder ? withServed(folder, threads) : (train, use) => withTrained(train, settings, threads, use)
  const evaluated = await evaluateAll(ratings, { ...options, like }, withModel)

  for (const [seed, { judged }] of evaluated)
    for (const [users, sentence] of Object.entries(judged)) process.stdout.write(`${seed}, ${users}: ${sentence}\n`)
  const all = evaluated.map(([, { results }]) => results)
  if (all.every(results => Object.keys(results).length === 0)) throw new Error(nothing(evaluated))

  const seeds = [...new Set(evaluated.map(([seed]) => seed))]
  const report = {
    settings: folder ? {} : numbersOf(settings),
    model: folder ? basename(folder) : settings.model,
    splits: seeds,
    ...reportOf(all)
  }
  process.stdout.write(`\nmean of ${seeds.join(', ')}; 95 % intervals by bootstrap over users\n${tableOf(report)}\n`)
  if (!Object.keys(report.mean).some(row => row.endsWith('EASE')))
    process.stdout.write(`EASE is left out: with more than ${MOST_USERS} users its matrix takes too long to invert\n`)
  if (json) await write(json, `${JSON.stringify(report, null, 2)}\n`)
}

/** Gives `use` the model for what is trained on. */
type WithModel = (train: Ratings, use: (model: Ranker) => Promise<Evaluated>) => Promise<Evaluated>

/** Split by split, each with its seed. Only one is in memory at a time. */
async function evaluateAll(
  ratings: Ratings,
  { splits, like, people }: EvaluateOptions & { like: number },
  withModel: WithModel
): Promise<[string, Evaluated][]> {
  const isLarge = ratings.user.length > LARGE
  const seeds = splits ?? (isLarge ? ['dev-1'] : ['dev-1', 'dev-2', 'dev-3', 'dev-4', 'dev-5'])
  const kinds = isLarge ? [allUsers] : [knownUsers, newUsers]
  const bar = progress('evaluating', seeds.length * kinds.length)
  const evaluated: [string, Evaluated][] = []
  try {
    for (const seed of seeds) {
      for (const kind of kinds) {
        const one = await evaluateOne(kind(ratings, seed), seed, like, people, withModel)
        evaluated.push([seed, one])
        bar.step(`${seed}: ${noteOf(one)}`)
      }
    }
  } finally {
    bar.stop()
  }
  return evaluated
}

async function evaluateOne(split: Split, seed: string, like: number, most: number, withModel: WithModel): Promise<Evaluated> {
  const likes = likesOf(split.train, like)
  const judging = { like, most, seed, short: SHORT }
  // What cannot be judged need not be trained for.
  const { judged, results } = await evaluateSplit(split, {}, judging)
  if (Object.keys(results).length === 0) return { judged, results }
  if (likes.byUser.values.length === 0)
    return { judged: { 'known users': `no rating of ${like} or more is left to train on: see --like` }, results: {} }
  const baselines = baselinesFor(likes, like)
  return withModel(split.train, model => evaluateSplit(split, { model, ...baselines }, judging))
}

function withServed(folder: string, threads: number): WithModel {
  return async ({ movieIds }, use) => {
    const served = await serve(folder, movieIds, threads)
    try {
      const known = new Set(served.model.items.movieIds)
      if (!movieIds.some(id => known.has(id)))
        throw new Error(`${folder}: it has none of the movies of these ratings: their ids mean something else`)
      return await use(served)
    } finally {
      await served.close()
    }
  }
}

/** A model that was trained on all ratings has seen those that are held out here. */
async function warnOfLeaks(folder: string, sha256: string): Promise<void> {
  const served = await serve(folder, [])
  await served.close()
  if (served.model.manifest.data.sha256 === sha256)
    process.stderr.write(`warning: ${folder} was trained on this very file, so it has seen what is held out: its figures are too good\n`)
}

function noteOf({ results }: Evaluated): string {
  const found = (['known users', 'new users'] as const).flatMap(users => {
    const model = results[users]?.model
    return model ? [`${users} NDCG@10 ${means(model)['NDCG@10'].toFixed(4)}`] : []
  })
  return found.join(', ') || 'nobody could be judged'
}

function nothing(evaluated: [string, Evaluated][]): string {
  const reasons = evaluated.flatMap(([, { judged }]) => Object.entries(judged).map(([users, why]) => `${users}: ${why}`))
  return `nobody can be judged. ${[...new Set(reasons)].join('. ')}`
}
