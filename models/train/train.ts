import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { matching } from './cli/parsers.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { manifestSchema, sha256 } from '../../src/recommender/model/manifest.js'
import { Recommender } from '../../src/recommender/recommender.js'
import { LONGEST_SHORT } from '../../src/recommender/scoring/batching.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { fit } from './ials/fit.js'
import { type About, refusePlace, removeLeftovers, writeModel } from './export/folder.js'
import { layoutOf } from './export/layout.js'
import { readMovies } from './data/movies.js'
import { addSettings, type Options, settingsOf } from './cli/options.js'
import { readRatings } from './data/ratings.js'
import { likesAlone, likesOf } from './data/likes.js'

interface TrainOptions extends Options {
  ratings: string
  movies?: string
  out: string
  histories: boolean
  licence: string
  quality?: string
  link?: string
  date: string
}

await run(
  addSettings(
    new Command('npm run train --')
      .description('Trains a model on ratings and writes it as a folder that the service can open.')
      .requiredOption('--ratings <file>', 'ratings.csv: userId, movieId, rating and, if known, timestamp; .gz too')
      .option('--movies <file>', 'movies.csv: movieId, title, genres; puts both into the folder')
      .requiredOption('--out <folder>', 'the version folder to write, models/NAME/VERSION')
      .option('--no-histories', 'leave out who has watched what: then everybody is unknown')
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
  )
    .showHelpAfterError()
    .action(train)
)

async function train(options: TrainOptions): Promise<void> {
  const { ratings: file, movies: moviesFile, out, threads } = options
  // Refuse what can be refused before the work.
  refusePlace(out)
  const quality = options.quality && (await measured(options.quality))
  const settings = settingsOf(options)

  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  for (const sentence of await removeLeftovers(out)) say(sentence)
  const ratings = await readRatings(file)
  const movies = moviesFile ? await readMovies(moviesFile) : undefined
  const likes = likesOf(ratings, settings.like)
  const likeCount = likes.byUser.values.length
  say(
    `${basename(file)}: ${ratings.user.length} ratings of ${ratings.movieIds.length} movies by ${ratings.userIds.length} users, ${likeCount} likes`
  )
  if (likeCount === 0)
    throw new Error(`${basename(file)}: expected at least one rating of ${settings.like} or more, found none: see --like`)

  const bar = progress('training', 2 * settings.rounds)
  const factors = await fit(likes, settings, threads, ({ loss }) => bar.step(`loss ${loss.toFixed(1)}`)).finally(() => bar.stop())

  const layout = layoutOf(factors, likes.byUser)
  if (layout.blockEnds)
    say(
      `rows by falling norm: for up to ${LONGEST_SHORT} movies most users are done after ${layout.blockEnds.short[0]} of ${factors.items}`
    )

  const about: About = {
    created: options.date,
    command: commandOf(options),
    data: {
      file: basename(file),
      sha256: await sha256(file),
      licence: options.licence,
      ratings: ratings.user.length,
      likes: likeCount,
      users: ratings.userIds.length
    },
    hyperparameters: { ...settings },
    ...(options.link && { link: options.link }),
    ...(quality && { quality })
  }
  const someone = [...ratings.userIds.slice(0, 3), 'somebody-new']
  const made = {
    factors,
    ratings,
    weights: likesAlone(ratings, settings.like),
    like: settings.like,
    likes,
    layout,
    movies,
    histories: options.histories
  }
  await writeModel(out, made, about, dir => smokeTest(dir, someone, say))
  say(`written: ${out}\nserve it: MODEL_DIR=${out} npm start`)
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
function commandOf({ ratings, movies, out, histories, licence, quality, link, date, ...options }: TrainOptions): string {
  const settings = Object.entries(settingsOf(options as Options)).map(
    ([name, value]) => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} ${value}`
  )
  return [
    `npm run train -- --ratings ${basename(ratings)}`,
    ...(movies ? [`--movies ${basename(movies)}`] : []),
    `--out models/${basename(dirname(resolve(out)))}/${basename(out)}`,
    ...(histories ? [] : ['--no-histories']),
    ...settings,
    `--licence ${JSON.stringify(licence)}`,
    ...(quality ? [`--quality ${basename(quality)}`] : []),
    ...(link ? [`--link ${JSON.stringify(link)}`] : []),
    `--date ${date}`
  ].join(' ')
}
