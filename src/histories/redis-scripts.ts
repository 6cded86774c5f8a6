import type { Order } from './store.js'

export const PREFIX = 'movie-recommender:'
/** A field of a user's hash that is no movie. Ids of movies get a letter in front, so that they never meet it. */
export const REVISION = 'revision'
export const MOVIE = 'm'

/** Both keys of a user lie on the same shard: that is what the braces are for. */
export const historyKey = (userId: string): string => `${PREFIX}{${userId}}:history`
/** Stands as long as the user is forgotten, when their ratings have long been dropped. */
export const forgottenKey = (userId: string): string => `${PREFIX}{${userId}}:forgotten`
export const userIdOf = (key: string): string => key.slice(PREFIX.length + 1, key.lastIndexOf('}'))

/** ARGV: field, word, revision, seconds to keep the hash, order. */
const WRITE = `
  local before = redis.call('HGET', KEYS[1], ARGV[1])
  if not before or ARGV[5] == 'as written' or string.match(before, '^[^,]+') <= string.match(ARGV[2], '^[^,]+') then
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  end
  redis.call('HSET', KEYS[1], '${REVISION}', ARGV[3])
  if ARGV[4] == '0' then redis.call('PERSIST', KEYS[1]) else redis.call('EXPIRE', KEYS[1], ARGV[4]) end`

const FORGET = `
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1])`

/** ARGV: the revision that is known, if any. Nothing where it has not changed, else what is kept of a user. */
const READ = `
  local forgotten = redis.call('GET', KEYS[2]) or ''
  if (redis.call('HGET', KEYS[1], '${REVISION}') or '') .. forgotten == ARGV[1] then return false end
  return {forgotten, redis.call('HGETALL', KEYS[1])}`
/** No revision is like this. */
export const UNKNOWN = '?'

/** Redis runs a script as one step: so writers from several instances lose nothing. */
export const SCRIPTS = {
  readUser: { lua: READ, numberOfKeys: 2, readOnly: true },
  writeWord: { lua: WRITE, numberOfKeys: 1 },
  forgetUser: { lua: FORGET, numberOfKeys: 2 }
}

export interface Scripts {
  readUser(history: string, forgotten: string, known: string): Promise<[forgotten: string, fields: string[]] | null>
  writeWord(history: string, field: string, word: string, revision: string, seconds: number, order: Order): Promise<null>
  forgetUser(history: string, forgotten: string, revision: string): Promise<null>
}
