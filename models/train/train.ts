import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { addInput, inputArguments, type InputOptions, pairsText, readInput } from './cli/input.js'
import { matching, pairs } from './cli/parsers.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { manifestSchema } from '../../src/recommender/model/manifest.js'
import { Recommender } from '../../src/recommender/recommender.js'
import { LONGEST_SHORT } from '../../src/recommender/scoring/batching.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { type About, refusePlace, removeLeftovers, writeModel } from './export/folder.js'
import { MOVIE_COLUMNS } from './data/column-names.js'
import { joined, type Movie, readLinks, readMovies } from './data/movies.js'
import { addSettings, argumentsOf, numbersOf, type Options, settingsOf } from './cli/options.js'
import type { Ratings } from './data/ratings.js'
import { checkQuality } from './evaluation/check-quality.js'
import { stepsOf } from './model/fit.js'
import { makeLikeness, makeModel } from './model/make.js'
import type { Settings } from './model/settings.js'

interface TrainOptions extends Options, InputOptions {
  movies?: string
  movieColumns?: Record<string, string>
  links?: string
  out: string
  histories: boolean
  likeness: boolean
  check: boolean
  licence: string
  quality?: string
  link?: string
  date: string
}

/** With fewer directions than this, the factors of iALS have collapsed. */
const COLLAPSED = 1.7

await run(
  addSettings(
    addInput(new Command('npm run train --').description('Trains a model on ratings and writes it as a folder that the service can open.'))
      .option('--movies <file>', 'titles, genres and years, in the same formats: for the folder')
      .option('--movie-columns <list>', 'where columns are: item=…,title=…,genres=…,year=…', pairs(Object.keys(MOVIE_COLUMNS)))
      .option('--links <file>', 'ids on IMDb and TMDb, as of MovieLens: for the folder')
      .requiredOption('--out <folder>', 'the version folder to write, models/NAME/VERSION')
      .option('--no-histories', 'leave out who has watched what: then everybody is unknown')
      .option('--no-likeness', 'leave out the rows for "more like this": then /similar asks what people like next')
      .option('--no-check', 'do not train on nine tenths before, to say how well the last tenth is found')
      .option('--licence <text>', 'the licence of the ratings, for the manifest', 'not stated')
      .option('--quality <file>', 'what `npm run evaluate -- --json` wrote, for the manifest')
      .option(
        '--link <address>',
        'where a movie has a page, with {movieId} in it: for people who look at the answers',
        matching(manifestSchema.properties.link)
      )
      .option(
        '--date <date>',
        'when the model is made, for the manifest',
        matching(manifestSchema.properties.created),
        new Date().toISOString().slice(0, 10)
      )
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
  const movies = await moviesOf(options, ratings, say)
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
  await writeModel(out, { ...made, likeness, movies, histories: options.histories }, about, dir => smokeTest(dir, someone, say))
  say(`written: ${out}\nserve it: MODEL_DIR=${out} npm start`)
}

function withBar<Result>(label: string, settings: Settings, work: (onStep: (note: string) => void) => Promise<Result>): Promise<Result> {
  const bar = progress(label, stepsOf(settings))
  return work(note => bar.step(note)).finally(() => bar.stop())
}

/** What is known of the movies, and a sentence on how many of those rated it is known of. */
async function moviesOf(
  { movies: file, movieColumns, links }: TrainOptions,
  { movieIds }: Ratings,
  say: (line: string) => void
): Promise<Map<string, Movie> | undefined> {
  if (!file && !links) return undefined
  const titled = file ? await readMovies(file, movieColumns, say) : new Map<string, Movie>()
  const linked = links ? await readLinks(links, say) : new Map<string, Movie>()
  const found = movieIds.filter(id => (file ? titled : linked).has(id)).length
  say(`${basename((file ?? links) as string)}: titles for ${found} of ${movieIds.length} movies`)
  if (found < movieIds.length / 2) say('warning: more than half of the movies have no title: are these the ids of the same movies?')
  return joined(titled, linked)
}

/** The means that `npm run evaluate -- --json` wrote, to four digits. */
async function measured(file: string): Promise<About['quality']> {
  const { mean } = JSON.parse(await readFile(file, 'utf8')) as { mean?: NonNullable<About['quality']> }
  if (!mean) throw new Error(`${file}: expected what \`npm run evaluate -- --json\` wrote, with its means`)
  const rounded = (row: Record<string, number>) =>
    Object.fromEntries(Object.entries(row).map(([metric, value]) => [metric, Number(value.toFixed(4))]))
  return Object.fromEntries(Object.entries(mean).map(([name, row]) => [name, rounded(row)]))
}

/** Opens the folder with the serving loader and shows what it answers. What cannot be served is not a model. */
async function smokeTest(dir: string, userIds: string[], say: (line: string) => void): Promise<void> {
  const model = await loadModel(dir, openScorer)
  const recommender = new Recommender(model, { maxBatch: 64, maxQueue: 64, maxQueueMs: 20_000, maxInFlight: 1, maxWaitMs: 20_000 })
  for (const userId of userIds) {
    const { source, items } = await recommender.recommend({ userId, n: 5 })
    const names = items().map(({ movieId, title }) => (title ? `${title} (${movieId})` : movieId))
    say(`user ${userId} (${source}): ${names.join(', ')}`)
  }
  await recommender.close()
}

/** The command that makes the same bytes again, without anything of this machine. */
function commandOf(options: TrainOptions, settings: Settings): string {
  const { movies, movieColumns, links, out, histories, likeness, licence, quality, link, date } = options
  return [
    'npm run train --',
    ...inputArguments(options),
    ...(movies ? [`--movies ${basename(movies)}`] : []),
    ...(movieColumns ? [`--movie-columns ${pairsText(movieColumns)}`] : []),
    ...(links ? [`--links ${basename(links)}`] : []),
    `--out models/${basename(dirname(resolve(out)))}/${basename(out)}`,
    ...(histories ? [] : ['--no-histories']),
    ...(likeness ? [] : ['--no-likeness']),
    ...argumentsOf(settings),
    `--licence ${JSON.stringify(licence)}`,
    ...(quality ? [`--quality ${basename(quality)}`] : []),
    ...(link ? [`--link ${JSON.stringify(link)}`] : []),
    `--date ${date}`
  ].join(' ')
}
