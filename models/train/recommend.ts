import { createWriteStream } from 'node:fs'
import { basename } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { type Answer, FORMATS } from './cli/answers.js'
import { pairs, whole } from './cli/parsers.js'
import { run } from './cli/run.js'
import { RATING_COLUMNS } from './data/column-names.js'
import { configSchema } from '../../src/config.js'
import { toRequest } from '../../src/http/routes/request.js'
import { MAX_N } from '../../src/limits.js'
import type { HistoryEntry } from '../../src/recommender/history.js'
import { type Site, SITES } from '../../src/recommender/model/items.js'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { type RecommendRequest, Recommender } from '../../src/recommender/recommender.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'

interface RecommendOptions extends Pick<RecommendRequest, 'n' | 'genre' | 'excludeGenre' | 'from' | 'to' | 'minLikes' | 'maxLikes'> {
  user?: string
  history?: string
  columns?: Record<string, string>
  all?: boolean
  model: string
  format?: keyof typeof FORMATS
  out?: string
  ids?: Site
}

/** How many people are asked for at once. */
const BATCH = 64
const ONE_BY_ONE = { maxBatch: BATCH, maxQueue: BATCH, maxQueueMs: Number.POSITIVE_INFINITY, maxInFlight: 1, maxWaitMs: 3_600_000 }

/** What is printed beside the answers goes where it does not mix with them. */
const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`)

const repeated = (value: string, others: string[] = []): string[] => [...others, value]
const year = whole(1, 9999)
const likes = whole(0, 1e9)

await run(
  new Command('npm run -s recommend --')
    .description('Recommends without a server: for a user, for a history in a file, for both together, or for everybody.')
    .option('--user <id>', 'somebody whose history the model has')
    .option(
      '--history <file>',
      'ratings of one person, in any format of docs/data.md, `-` for standard input; without ratings, all of them are likes'
    )
    .option('--columns <list>', 'where its columns are: item=…,rating=…,time=…', pairs(Object.keys(RATING_COLUMNS)))
    .option('--all', 'everybody whose history the model has')
    .option('--model <folder>', 'the model folder', configSchema.properties.MODEL_DIR.default)
    .option('--n <count>', 'how many movies', whole(1, MAX_N), 10)
    .addOption(new Option('--format <format>', 'text for people, or csv or jsonl; for everybody it is csv').choices(Object.keys(FORMATS)))
    .option('--out <file>', 'write there: npm adds lines of its own to standard output, unless it is told to be silent, `npm run -s`')
    .addOption(new Option('--ids <site>', 'whose ids the movies have, in the history too').choices(Object.keys(SITES)))
    .option('--genre <name>', 'only movies of this genre; may be repeated', repeated)
    .option('--exclude-genre <name>', 'no movie of this genre; may be repeated', repeated)
    .option('--from <year>', 'only movies of this year or later', year)
    .option('--to <year>', 'only movies of this year or earlier', year)
    .option('--min-likes <count>', 'only movies that at least so many people like', likes)
    .option('--max-likes <count>', 'only movies that at most so many people like', likes)
    .action(recommend)
)

async function recommend({ user, history: file, columns, all, model: dir, out, format, ...request }: RecommendOptions): Promise<void> {
  if (all ? user !== undefined || file !== undefined : user === undefined && file === undefined)
    throw new Error('expected --user ID, --history FILE or both, or --all alone')
  const history = file === undefined ? undefined : await readHistory(file, columns)
  const recommender = new Recommender(await loadModel(dir, openScorer), ONE_BY_ONE)
  const userIds = all ? recommender.model.histories.userIds : [user]
  if (all && userIds.length === 0) throw new Error(`${dir}: the model has no histories: it was made with --no-histories`)
  if (user !== undefined && !recommender.knows(user)) say(`the model has no history of user ${user}`)
  const answers = answersFor(recommender, userIds, toRequest(recommender, { ...request, history }))
  try {
    await write(answers, FORMATS[format ?? (all ? 'csv' : 'text')], out)
  } finally {
    await recommender.close()
  }
}

/** DuckDB is loaded only for who has a file. */
async function readHistory(file: string, columns?: Record<string, string>): Promise<HistoryEntry[]> {
  const [{ withFiles }, { readRatings }, { inOrderOfTime }] = await Promise.all([
    import('./cli/input.js'),
    import('./data/read-ratings.js'),
    import('./data/ratings.js')
  ])
  const ratings = await withFiles([file], files => readRatings(files, { columns, person: true, say }))
  const { userIds, movieIds, item, rating, isRated } = ratings
  if (userIds.length > 1)
    throw new Error(`${basename(file)}: expected ratings of one person, found those of ${userIds.length}: leave the others out`)
  return Array.from(inOrderOfTime(ratings), at => (isRated ? { movieId: movieIds[item[at]], rating: rating[at] } : movieIds[item[at]]))
}

async function* answersFor(
  recommender: Recommender,
  userIds: readonly (string | undefined)[],
  request: RecommendRequest
): AsyncGenerator<Answer> {
  for (let from = 0; from < userIds.length; from += BATCH) {
    const group = userIds.slice(from, from + BATCH)
    const answers = await Promise.all(group.map(userId => recommender.recommend({ ...request, userId }, group)))
    const { unknownMovieIds } = answers[0]
    if (from === 0 && unknownMovieIds.length > 0)
      say(`the model does not know ${unknownMovieIds.length} of these movies: ${few(unknownMovieIds)}`)
    for (const [i, { source, items }] of answers.entries()) yield { userId: group[i], source, items }
  }
}

function few(ids: string[]): string {
  return ids.slice(0, 10).join(', ') + (ids.length > 10 ? ' …' : '')
}

async function write(answers: AsyncGenerator<Answer>, { header, lines }: (typeof FORMATS)['text'], out?: string): Promise<void> {
  async function* texts(): AsyncGenerator<string> {
    yield header
    for await (const answer of answers) yield lines(answer)
  }
  const to: Writable = out === undefined ? process.stdout : createWriteStream(out)
  try {
    await pipeline(Readable.from(texts()), to, { end: out !== undefined })
  } catch (error) {
    // Whoever reads, such as `head`, has seen enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}
