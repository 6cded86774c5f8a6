import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, type Info, parse } from 'csv-parse'
import { group, rowOf } from './rows.js'

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
 * Reads a `ratings.csv` as MovieLens has them (CRLF or LF, `.gz` too), as a stream. Without a `timestamp` column the
 * order of the lines is the order in time. Where a user rated a movie twice, the newer rating counts.
 *
 * @throws Error naming the file, the line and what was expected there
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
    if (!/^[A-Za-z0-9._~-]{1,100}$/.test(userId)) throw bad(at, 'userId', '1 to 100 letters, digits or any of . _ ~ -', userId)
    user.push(numbered(users, userId))
    item.push(numbered(movies, movieId(value.movieId, at)))
    rating.push(number(value.rating, at, 'rating', 'a number'))
    timestamp.push(value.timestamp === undefined ? user.length : number(value.timestamp, at, 'timestamp', 'seconds since 1970'))
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
  const index = Int32Array.from(ratings.user.keys()).filter(keep)
  return {
    ...ratings,
    user: index.map(i => ratings.user[i]),
    item: index.map(i => ratings.item[i]),
    rating: Float32Array.from(index, i => ratings.rating[i]),
    timestamp: Float64Array.from(index, i => ratings.timestamp[i])
  }
}

export function movieId(text: string, at: string): number {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(id)) throw bad(at, 'movieId', `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`, text)
  return id
}

/** The records of a CSV file with a header line, as `{ at: 'file:line', value: { column: text } }`. */
export async function* readCsv<Column extends string>(
  file: string,
  columns: Column[],
  optional: Column[] = [],
  onBytes: (bytes: number) => void = () => {}
): AsyncGenerator<{ at: string; value: Record<Column, string> }> {
  const name = basename(file)
  const source = createReadStream(file).on('data', chunk => onBytes(chunk.length))
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true })
  // The iteration below rejects with whatever fails in the pipeline: the callback has nothing left to do.
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, () => {})
  else pipeline(source, parser, () => {})

  let header: string[] | undefined
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const at = `${name}:${info.lines}`
      if (!header) {
        header = record
        const missing = columns.filter(column => !record.includes(column) && !optional.includes(column))
        if (missing.length) throw new Error(`${at}: expected a header with the columns ${columns.join(', ')}, found ${record.join(', ')}`)
        continue
      }
      if (record.length !== header.length) {
        throw new Error(`${at}: expected ${header.length} columns (${header.join(', ')}), found ${record.length}`)
      }
      const value = {} as Record<Column, string>
      for (const [i, column] of header.entries()) value[column as Column] = record[i]
      yield { at, value }
    }
  } catch (error) {
    if (error instanceof CsvError) throw new Error(`${name}:${error.lines}: ${error.message}`, { cause: error })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`${file}: there is no such file`, { cause: error })
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw new Error(`${name}: expected gzip data, as the name says: ${(error as Error).message}`, { cause: error })
    }
    throw error
  }
  if (!header) throw new Error(`${name}:1: expected a header with the columns ${columns.join(', ')}, found an empty file`)
}

function numbered<Id>(ids: Map<Id, number>, id: Id): number {
  let index = ids.get(id)
  if (index === undefined) ids.set(id, (index = ids.size))
  return index
}

function number(text: string, at: string, column: string, expected: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw bad(at, column, expected, text)
  return value
}

function bad(at: string, column: string, expected: string, found: string): Error {
  return new Error(`${at}: ${column}: expected ${expected}, found "${found}"`)
}

function withoutRepeats(ratings: Ratings): Ratings {
  const { userIds, user, item, timestamp } = ratings
  const all = Int32Array.from(user.keys())
  const byUser = group(userIds.length, user, all, all)
  const replaced = new Uint8Array(user.length)
  // One small map a user: a single one of all pairs ends at 2²⁴ entries.
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
