import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { forgottenKey, historyKey, MOVIE, PREFIX, REVISION, SCRIPTS, type Scripts, UNKNOWN, userIdOf } from './redis-scripts.js'
import { fromText, type HistoryStore, type LiveHistory, type LiveRating, newRevision, toText } from './store.js'

const DAY_S = 86_400
/** A server that says nothing for so long has gone without closing the connection: a new one finds it, or another one in its place. */
const SILENT_MS = 3_000

/**
 * Keeps live histories in Valkey or Redis, for all instances: a hash for each user. It opens, whether the server is there or not.
 *
 * @param days as in `openFileStore`
 */
export async function openRedisStore(url: string, days: number): Promise<HistoryStore> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableAutoPipelining: true,
    // A command that cannot be sent at once fails at once: recommendations do not wait for a store that is gone.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: SILENT_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: times => Math.min(times * 50, 1_000),
    scripts: SCRIPTS
  }) as Redis & Scripts
  // It connects again by itself. Until then each command fails, and this is why.
  let lost: Error | undefined
  redis.on('error', error => (lost = error)).on('connect', () => (lost = undefined))
  const why = (error: Error): never => {
    if (redis.status === 'ready') throw error
    const reason = lost ?? new Error('there is no connection', { cause: error })
    // A server that answers no is there. Its own timeout ioredis gives no code.
    throw reason.name === 'ReplyError' ? reason : Object.assign(reason, { code: (reason as NodeJS.ErrnoException).code ?? 'ECONNRESET' })
  }
  await Promise.race([redis.connect().catch(() => {}), sleep(SILENT_MS, undefined, { ref: false })])
  // Of a server that is there: it has no such database.
  if (redis.status === 'ready' && lost) {
    redis.disconnect()
    throw lost
  }

  const read = async (userId: string, known?: LiveHistory): Promise<LiveHistory> => {
    const found = await redis.readUser(historyKey(userId), forgottenKey(userId), known?.revision ?? UNKNOWN)
    if (!found) return known as LiveHistory
    const [forgotten, fields] = found
    let revision = ''
    const ratings: LiveRating[] = []
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === REVISION) revision = fields[i + 1]
      else ratings.push(fromText(fields[i].slice(MOVIE.length), fields[i + 1]))
    }
    return { revision: revision + forgotten, isForgotten: forgotten !== '', ratings }
  }
  return {
    // Sent together, since they are asked for in one turn of the event loop.
    read: (userIds, known) => Promise.all(userIds.map(userId => read(userId, known?.(userId)))).catch(why),
    async write(userId, rating, order = 'by time') {
      await redis.writeWord(historyKey(userId), MOVIE + rating.movieId, toText(rating), newRevision(), days * DAY_S, order).catch(why)
    },
    async forget(userId) {
      await redis.forgetUser(historyKey(userId), forgottenKey(userId), newRevision()).catch(why)
    },
    async *all() {
      // A scan may give a key twice, and somebody who was forgotten may have two keys.
      const seen = new Set<string>()
      for await (const keys of redis.scanStream({ match: `${PREFIX}*`, count: 1_000 })) {
        for (const userId of (keys as string[]).map(userIdOf)) {
          if (seen.has(userId)) continue
          seen.add(userId)
          yield { userId, history: await read(userId) }
        }
      }
    },
    // Every write has been answered by then. To say goodbye to a server that hangs would hang, too.
    close: async () => redis.disconnect()
  }
}
