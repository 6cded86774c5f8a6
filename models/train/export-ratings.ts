import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { csvLine } from './cli/csv.js'
import { run } from './cli/run.js'
import { isReadAsItIs } from './data/ids.js'
import { configSchema } from '../../src/config.js'
import { openStore, pathOf, withoutPassword } from '../../src/histories/open-store.js'
import type { HistoryStore, LiveHistory } from '../../src/histories/store.js'
import { readItems } from '../../src/recommender/model/items.js'
import { readHistories } from '../../src/recommender/model/load-model.js'
import { readManifest } from '../../src/recommender/model/manifest.js'
import { storedRatings } from '../../src/recommender/stored-ratings.js'

interface ExportOptions {
  model: string
  store: string
  out: string
}

/** How many people are read at once. */
const BATCH = 100

await run(
  new Command('npm run export-ratings --')
    .description('Writes what a model folder and a store have of everybody as a file of ratings, for the next training.')
    .option('--model <folder>', 'the model folder', configSchema.properties.MODEL_DIR.default)
    .requiredOption('--store <url>', 'the store, as HISTORY_STORE names it')
    .requiredOption('--out <file>', 'the file, CSV with the columns userId, movieId, rating and timestamp')
    .action(exportRatings)
)

async function exportRatings({ model: dir, store: url, out }: ExportOptions): Promise<void> {
  // The service would make it.
  if (url.startsWith('file:') && !existsSync(pathOf(url)))
    throw new Error(`--store: expected a folder of ratings, found nothing at ${pathOf(url)}`)
  const manifest = await readManifest(dir)
  const items = await readItems(dir, manifest.items)
  // In the order of time, which the file keeps for every model.
  const histories = await readHistories(dir, { ...manifest, order: true })
  const { store, unreachable } = await openStore(url, 0, '--store')
  const like = manifest.ratings.find(({ value }) => value >= manifest.liked)?.value as number
  const counts = { people: 0, ratings: 0 }
  const leftOut: string[] = []

  /** The model's file tells an order and no times: so its ratings lie at 1, 2, 3, … s after the beginning of 1970. */
  const linesOf = (userId: string, live: LiveHistory): string => {
    const ratings = storedRatings({ manifest, items, histories }, userId, live)
    if (ratings.length > 0 && !isReadAsItIs(userId)) {
      leftOut.push(userId)
      return ''
    }
    counts.people += ratings.length > 0 ? 1 : 0
    counts.ratings += ratings.length
    return ratings
      .map(({ movieId, rating = like, time }, at) => csvLine([userId, movieId, rating, time === undefined ? at + 1 : time / 1000]))
      .join('')
  }
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(['userId', 'movieId', 'rating', 'timestamp'])
    for await (const { userId, live } of everybody(histories.userIds, store)) yield linesOf(userId, live)
  }

  const unfinished = `${out}.part`
  try {
    if (unreachable) throw new Error(`${withoutPassword(url)} cannot be reached: ${unreachable.message}`, { cause: unreachable })
    await pipeline(Readable.from(lines()), createWriteStream(unfinished))
    await rename(unfinished, out)
  } finally {
    await rm(unfinished, { force: true })
    await store.close()
  }
  process.stdout.write(`${out}: ${counts.ratings} ratings by ${counts.people} people\n`)
  if (leftOut.length > 0)
    process.stdout.write(`left out: ${leftOut.length} people whose ids are not read as they are, such as ${JSON.stringify(leftOut[0])}\n`)
}

/** Those of the model's file, then those whom only the store knows. */
async function* everybody(userIds: readonly string[], store: HistoryStore): AsyncGenerator<{ userId: string; live: LiveHistory }> {
  for (let from = 0; from < userIds.length; from += BATCH) {
    const some = userIds.slice(from, from + BATCH)
    for (const [i, live] of (await store.read(some)).entries()) yield { userId: some[i], live }
  }
  const known = new Set(userIds)
  for await (const { userId, history } of store.all()) if (!known.has(userId)) yield { userId, live: history }
}
