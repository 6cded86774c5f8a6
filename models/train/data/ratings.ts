import { basename } from 'node:path'
import { userIdSchema } from '../../../src/limits.js'
import { bad, movieIdIn, numberIn, readCsv } from './csv.js'
import { group, rowOf } from './sparse-rows.js'

const isUserId = new RegExp(userIdSchema.pattern)

/** Ratings in columns. Users are numbered as they first appear; items by ascending movie id, so that equal scores rank by movie id. */
export interface Ratings {
  userIds: string[]
  movieIds: number[]
  /** one entry a rating: who (index into `userIds`), what (index into `movieIds`), how much, when (seconds) */
  user: Int32Array
  item: Int32Array
  rating: Float32Array
  timestamp: Float64Array
}

/**
 * Reads a `ratings.csv` with the columns of MovieLens (CRLF or LF, `.gz` too), as a stream. Without a `timestamp` column
 * the order of the lines is the order in time. If a user rated a movie twice, the newer rating counts.
 *
 * @throws Error that names the file, the line and what was expected
 */
export async function readRatings(file: string, onBytes: (bytes: number) => void = () => {}): Promise<Ratings> {
  const users = new Map<string, number>()
  const movies = new Map<number, number>()
  const user: number[] = []
  const item: number[] = []
  const rating: number[] = []
  const timestamp: number[] = []

  const columns = ['userId', 'movieId', 'rating', 'timestamp']
  for await (const { at, value } of readCsv(file, columns, ['timestamp'], onBytes)) {
    const userId = value.userId
    if (!isUserId.test(userId)) throw bad(at, 'userId', userIdSchema.description, userId)
    user.push(numbered(users, userId))
    item.push(numbered(movies, movieIdIn(value.movieId, at)))
    rating.push(numberIn(value.rating, at, 'rating', 'a number'))
    timestamp.push(value.timestamp === undefined ? user.length : numberIn(value.timestamp, at, 'timestamp', 'seconds since 1970'))
  }
  if (user.length === 0) throw new Error(`${basename(file)}: expected at least one rating after the header, found none`)

  const movieIds = [...movies.keys()].sort((a, b) => a - b)
  const row = new Map(movieIds.map((id, row) => [movies.get(id), row]))
  return withoutRepeats({
    userIds: [...users.keys()],
    movieIds,
    user: Int32Array.from(user),
    item: Int32Array.from(item, first => row.get(first) as number),
    rating: Float32Array.from(rating),
    timestamp: Float64Array.from(timestamp)
  })
}

/** The ratings for which `keep` holds, with the same users and items. */
export function filterRatings(ratings: Ratings, keep: (index: number) => boolean): Ratings {
  const index = indicesOf(ratings).filter(keep)
  return {
    ...ratings,
    user: index.map(i => ratings.user[i]),
    item: index.map(i => ratings.item[i]),
    rating: Float32Array.from(index, i => ratings.rating[i]),
    timestamp: Float64Array.from(index, i => ratings.timestamp[i])
  }
}

/** 0, 1, 2 … one for each rating. */
export const indicesOf = ({ user }: Pick<Ratings, 'user'>): Int32Array => user.map((_, i) => i)

/** The indices of the ratings in order of time, equal times by movie id. */
export function inOrderOfTime(ratings: Ratings): Int32Array {
  const { timestamp, item } = ratings
  return indicesOf(ratings).sort((a, b) => timestamp[a] - timestamp[b] || item[a] - item[b])
}

function numbered<Id>(ids: Map<Id, number>, id: Id): number {
  let index = ids.get(id)
  if (index === undefined) ids.set(id, (index = ids.size))
  return index
}

function withoutRepeats(ratings: Ratings): Ratings {
  const { userIds, user, item, timestamp } = ratings
  const all = indicesOf(ratings)
  const byUser = group(userIds.length, user, all, all)
  const replaced = new Uint8Array(user.length)
  // One small map for each user: a single Map of all pairs could not hold more than 2²⁴ entries.
  for (let u = 0; u < userIds.length; u++) {
    const newest = new Map<number, number>()
    for (const i of rowOf(byUser, u)) {
      const other = newest.get(item[i])
      const isNewer = other === undefined || timestamp[i] >= timestamp[other]
      if (other !== undefined) replaced[isNewer ? other : i] = 1
      if (isNewer) newest.set(item[i], i)
    }
  }
  return replaced.includes(1) ? filterRatings(ratings, i => replaced[i] === 0) : ratings
}
