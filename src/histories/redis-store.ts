import { Redis } from 'ioredis'
import { fromText, type HistoryStore, type LiveHistory, newRevision, toText } from './store.js'

const PREFIX = 'movie-recommender:'
const DAY_S = 86_400
/** A field of a user's hash that is no movie. Ids of movies get a letter in front, so that they never meet it. */
const REVISION = 'revision'
const MOVIE = 'm'

/** Redis runs a script as one step: so writers from several instances lose nothing. ARGV: field, word, revision, seconds to keep the hash. */
const WRITE = `
  local before = redis.call('HGET', KEYS[1], ARGV[1])
  if not before or string.match(before, '^[^,]+') <= string.match(ARGV[2], '^[^,]+') then
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  end
  redis.call('HSET', KEYS[1], '${REVISION}', ARGV[3])
  if ARGV[4] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[4]) end`

const FORGET = `
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1])`

interface Scripts {
  writeWord(history: string, field: string, word: string, revision: string, seconds: number): Promise<null>
  forgetUser(history: string, forgotten: string, revision: string): Promise<null>
}

/** Both keys of a user lie on the same shard: that is what the braces are for. */
const historyKey = (userId: string): string => `${PREFIX}{${userId}}:history`
/** Stands as long as the user is forgotten, when their ratings have long been dropped. */
const forgottenKey = (userId: string): string => `${PREFIX}{${userId}}:forgotten`
const userIdOf = (key: string): string => key.slice(PREFIX.length + 1, key.lastIndexOf('}'))

/** Keeps live histories in Valkey or Redis, for all instances: a hash for each user. */
export async function openRedisStore(url: URL, days: number): Promise<HistoryStore> {
  const redis = new Redis(url.href, {
    lazyConnect: true,
    enableAutoPipelining: true,
    // A command that cannot be sent at once fails at once: recommendations do not wait for a store that is gone.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    scripts: { writeWord: { lua: WRITE, numberOfKeys: 1 }, forgetUser: { lua: FORGET, numberOfKeys: 2 } }
  }) as Redis & Scripts
  // It connects again by itself. What fails until then, fails by its own command.
  redis.on('error', () => {})
  await redis.connect()

  const read = async (userId: string): Promise<LiveHistory> => {
    const [fields, forgotten] = await Promise.all([redis.hgetall(historyKey(userId)), redis.get(forgottenKey(userId))])
    const { [REVISION]: revision = '', ...movies } = fields
    return {
      revision: revision + (forgotten ?? ''),
      isForgotten: forgotten !== null,
      ratings: Object.entries(movies).map(([field, word]) => fromText(field.slice(MOVIE.length), word))
    }
  }
  return {
    // Sent together, since they are asked for in one turn of the event loop.
    read: userIds => Promise.all(userIds.map(read)),
    async write(userId, rating) {
      await redis.writeWord(historyKey(userId), MOVIE + rating.movieId, toText(rating), newRevision(), days * DAY_S)
    },
    async forget(userId) {
      await redis.forgetUser(historyKey(userId), forgottenKey(userId), newRevision())
    },
    async *all() {
      for await (const keys of redis.scanStream({ match: `${PREFIX}*`, count: 1_000 })) {
        for (const key of keys as string[]) {
          const userId = userIdOf(key)
          const isSecond = key === forgottenKey(userId) && (await redis.exists(historyKey(userId)))
          if (!isSecond) yield { userId, history: await read(userId) }
        }
      }
    },
    async close() {
      await redis.quit().catch(() => redis.disconnect())
    }
  }
}
