import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { addInput, inputArguments, type InputOptions, readInput } from './cli/input.js'
import { addSettings, argumentsOf, type Options, settingsOf } from './cli/options.js'
import { number, whole } from './cli/parsers.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import type { Ratings } from './data/ratings.js'
import { evaluateSplit, means, withTrained } from './evaluation/evaluate-split.js'
import { allUsers, type Split } from './evaluation/splits.js'
import { write } from './export/write.js'
import type { Settings } from './model/settings.js'
import { bestOf, nextSettings, type Trial } from './tuning/search.js'

interface TuneOptions extends Options, InputOptions {
  trials: number
  minutes?: number
  splits: string[]
  people: number
  state: string
}

/** What a search keeps in its file after every trial. */
interface State {
  ratings: string
  splits: string[]
  start: Settings
  trials: Trial[]
}

const command: Command = addSettings(
  addInput(
    new Command('npm run tune --').description(
      'Searches for settings that rank better, on splits inside the ratings, and prints the command that trains with them. An option that is given stays as it is.'
    )
  )
    .option('--trials <count>', 'how many settings to try, those of an earlier run included', whole(1, 1e6), 60)
    .option('--minutes <count>', 'start no trial after so many minutes', number(0, 1e6))
    .option('--splits <seeds...>', 'seed texts of the splits', ['tune-1', 'tune-2'])
    .option('--people <count>', 'how many people to judge at most, in each split', whole(1, 1e9), 2000)
    .option('--state <file>', 'keeps what was tried; a search goes on where this one stopped', 'tune.json')
).action(tune)

await run(command)

async function tune(options: TuneOptions): Promise<void> {
  const { trials: wanted, minutes = Number.POSITIVE_INFINITY, splits, people, threads, state: file } = options
  const until = Date.now() + 60_000 * minutes
  const { ratings, like, sha256 } = await readInput(options, sentence => void process.stdout.write(`${sentence}\n`))
  const start = settingsOf(options, like)
  const fixed = new Set((Object.keys(start) as (keyof Settings)[]).filter(name => command.getOptionValueSource(name) === 'cli'))
  const state = await stateOf(file, { ratings: sha256, splits, start, trials: [] })
  const { trials } = state

  const parts = splits.map(seed => ({ seed, split: allUsers(ratings, seed) }))
  const bar = progress('tuning', wanted)
  for (const { score } of trials) bar.step(`tried before, ${score.toFixed(4)}`)
  while (trials.length === 0 || (trials.length < wanted && Date.now() < until)) {
    const settings = nextSettings(start, trials, fixed)
    const scores: number[] = []
    for (const { seed, split } of parts) scores.push(await scoreOf(split, settings, { seed, people, threads }))
    const score = scores.reduce((sum, score) => sum + score, 0) / scores.length
    trials.push({ settings, score })
    await write(file, `${JSON.stringify(state, null, 1)}\n`)
    bar.step(`${score.toFixed(4)}, best ${bestOf(trials).score.toFixed(4)}`)
  }
  bar.stop()
  process.stdout.write(`${summary(ratings, trials, options)}\n`)
}

/** What an earlier search left in the file, if it was the same search. */
async function stateOf(file: string, fresh: State): Promise<State> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return fresh
  const found = JSON.parse(text) as State
  const same = (['ratings', 'splits', 'start'] as const).every(key => JSON.stringify(found[key]) === JSON.stringify(fresh[key]))
  if (!same) throw new Error(`${file}: it keeps a search with other ratings, splits or settings: choose another --state`)
  return found
}

/** The mean NDCG@10 of known and of new users, through the service. A model that cannot be trained is worth nothing. */
async function scoreOf(
  split: Split,
  settings: Settings,
  { seed, people, threads }: { seed: string; people: number; threads: number }
): Promise<number> {
  const judging = { like: settings.like, most: people, seed, short: [] }
  const { results, judged } = await withTrained(split.train, settings, threads, model => evaluateSplit(split, { model }, judging))
  const found = Object.values(results)
  if (found.length === 0) throw new Error(`nobody can be judged. ${Object.values(judged).join('. ')}`)
  return found.reduce((sum, { model }) => sum + means(model)['NDCG@10'], 0) / found.length
}

function summary({ user }: Ratings, trials: readonly Trial[], options: InputOptions): string {
  const best = bestOf(trials)
  return [
    `${trials.length} trials on splits of ${user.length} ratings: NDCG@10 ${best.score.toFixed(4)}, from ${trials[0].score.toFixed(4)} at the start`,
    `npm run train -- ${inputArguments(options).join(' ')} --out models/NAME/1 ${argumentsOf(best.settings).join(' ')}`
  ].join('\n')
}
