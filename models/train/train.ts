import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { aboutArguments, type AboutOptions, addAbout, moviesOf } from './cli/about.js'
import { addInput, inputArguments, type InputOptions, readInput } from './cli/input.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { smokeTest } from './cli/smoke-test.js'
import { LONGEST_SHORT } from '../../src/recommender/scoring/batching.js'
import { type About, refusePlace, removeLeftovers, writeModel } from './export/folder.js'
import { addSettings, argumentsOf, numbersOf, type Options, settingsOf } from './cli/options.js'
import { checkQuality } from './evaluation/check-quality.js'
import { stepsOf } from './model/fit.js'
import { makeLikeness, makeModel } from './model/make.js'
import { filmMap } from './model/map.js'
import type { Settings } from './model/settings.js'

interface TrainOptions extends Options, InputOptions, AboutOptions {
  out: string
  histories: boolean
  likeness: boolean
  map: boolean
  check: boolean
  quality?: string
}

/** With fewer directions than this, the factors of iALS have collapsed. */
const COLLAPSED = 1.7

await run(
  addSettings(
    addAbout(
      addInput(
        new Command('npm run train --').description('Trains a model on ratings and writes it as a folder that the service can open.')
      )
    )
      .requiredOption('--out <folder>', 'the version folder to write, models/NAME/VERSION')
      .option('--no-histories', 'leave out who has watched what: then everybody is unknown')
      .option('--no-likeness', 'leave out the rows for "more like this": then /similar asks what people like next')
      .option('--no-map', 'leave out where each movie lies on a map of all: then the page has no map')
      .option('--no-check', 'do not train on nine tenths before, to say how well the last tenth is found')
      .option('--quality <file>', 'what `npm run evaluate -- --json` wrote, for the manifest')
  ).action(train)
)

async function train(options: TrainOptions): Promise<void> {
  const { out, threads } = options
  // Refuse what can be refused before the work.
  refusePlace(out)
  const quality = options.quality && (await measured(options.quality))

  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  for (const sentence of await removeLeftovers(out)) say(sentence)
  const { ratings, like, sha256, name } = await readInput(options, say)
  const settings = settingsOf(options, like)
  const movies = await moviesOf(options, ratings.movieIds, say)
  const likeCount = ratings.rating.reduce((count, rating) => count + Number(rating >= like), 0)
  say(`${name}: ${ratings.user.length} ratings of ${ratings.movieIds.length} movies by ${ratings.userIds.length} users, ${likeCount} likes`)
  if (likeCount === 0) throw new Error(`${name}: expected at least one rating of ${like} or more, found none: see --like`)
  if (options.check) {
    const sentences = await withBar('checking', settings, onStep => checkQuality(ratings, settings, threads, onStep))
    for (const sentence of sentences) say(sentence)
  }

  const made = await withBar('training', settings, onStep => makeModel(ratings, settings, threads, onStep))
  const { factors, layout, effectiveRank } = made
  if (factors.items < ratings.movieIds.length)
    say(`${factors.items} movies: the other ${ratings.movieIds.length - factors.items} have no like, and so nothing to be recommended for`)
  if (effectiveRank !== undefined && effectiveRank < Math.min(COLLAPSED, settings.ialsDimensions / 4)) {
    say(
      `warning: iALS uses ${effectiveRank.toFixed(1)} directions of ${settings.ialsDimensions}, so everybody gets nearly the same: try a smaller --lambda`
    )
  }
  if (layout.blockEnds)
    say(
      `rows by falling norm: for up to ${LONGEST_SHORT} movies most users are done after ${layout.blockEnds.short[0]} of ${factors.items}`
    )

  const about: About = {
    created: options.date,
    command: commandOf(options, settings),
    data: {
      file: name,
      sha256,
      licence: options.licence,
      ratings: ratings.user.length,
      likes: likeCount,
      users: ratings.userIds.length
    },
    hyperparameters: numbersOf(settings),
    ...(options.link && { link: options.link }),
    ...(quality && { quality })
  }
  const someone = [...ratings.userIds.slice(0, 3), 'somebody-new']
  const likeness = options.likeness ? await makeLikeness(made.ratings, settings, threads) : undefined
  const map = options.map ? filmMap(likeness ?? made.factors, settings.seed) : undefined
  await writeModel(out, { ...made, likeness, map, movies, histories: options.histories }, about, dir => smokeTest(dir, someone, say))
  say(`written: ${out}\nserve it: MODEL_DIR=${out} npm start`)
}

function withBar<Result>(label: string, settings: Settings, work: (onStep: (note: string) => void) => Promise<Result>): Promise<Result> {
  const bar = progress(label, stepsOf(settings))
  return work(note => bar.step(note)).finally(() => bar.stop())
}

/** The means that `npm run evaluate -- --json` wrote, to four digits. */
async function measured(file: string): Promise<About['quality']> {
  const { mean } = JSON.parse(await readFile(file, 'utf8')) as { mean?: NonNullable<About['quality']> }
  if (!mean) throw new Error(`${file}: expected what \`npm run evaluate -- --json\` wrote, with its means`)
  const rounded = (row: Record<string, number>) =>
    Object.fromEntries(Object.entries(row).map(([metric, value]) => [metric, Number(value.toFixed(4))]))
  return Object.fromEntries(Object.entries(mean).map(([name, row]) => [name, rounded(row)]))
}

/** The command that makes the same bytes again, without anything of this machine. */
function commandOf(options: TrainOptions, settings: Settings): string {
  const { out, histories, likeness, map, quality } = options
  return [
    'npm run train --',
    ...inputArguments(options),
    `--out models/${basename(dirname(resolve(out)))}/${basename(out)}`,
    ...(histories ? [] : ['--no-histories']),
    ...(likeness ? [] : ['--no-likeness']),
    ...(map ? [] : ['--no-map']),
    ...argumentsOf(settings),
    ...(quality ? [`--quality ${basename(quality)}`] : []),
    ...aboutArguments(options)
  ].join(' ')
}
