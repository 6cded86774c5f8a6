import type { Ratings } from './ratings.js'

/** Compressed sparse rows: row `r` holds `values[offsets[r]] … values[offsets[r + 1] - 1]`. */
export interface Rows {
  offsets: Int32Array
  values: Int32Array
}

/** Groups the entries `index` by their row (one entry of `row` each), in the order given; shared between threads. */
export function group(rows: number, row: ArrayLike<number>, value: ArrayLike<number>, index: ArrayLike<number>): Rows {
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (rows + 1)))
  for (let i = 0; i < index.length; i++) offsets[row[index[i]] + 1]++
  for (let r = 0; r < rows; r++) offsets[r + 1] += offsets[r]
  const next = offsets.slice(0, rows)
  const values = new Int32Array(new SharedArrayBuffer(4 * index.length))
  for (let i = 0; i < index.length; i++) values[next[row[index[i]]]++] = value[index[i]]
  return { offsets, values }
}

/** The values of one row: a view, not a copy. */
export function rowOf({ offsets, values }: Rows, row: number): Int32Array {
  return values.subarray(offsets[row], offsets[row + 1])
}

/** The indices of the ratings in order of time, equal times by movie id. */
export function inTime({ timestamp, item }: Ratings): Int32Array {
  return Int32Array.from(timestamp.keys()).sort((a, b) => timestamp[a] - timestamp[b] || item[a] - item[b])
}

/** Who likes what, both ways round: a like is a rating of at least `threshold`. */
export interface Likes {
  byUser: Rows
  byItem: Rows
}

export function likesOf(ratings: Ratings, threshold: number): Likes {
  const { userIds, movieIds, user, item, rating } = ratings
  const liked = Int32Array.from(rating.keys()).filter(i => rating[i] >= threshold)
  return { byUser: group(userIds.length, user, item, liked), byItem: group(movieIds.length, item, user, liked) }
}

/** How many values each row has. */
export function counts({ offsets }: Rows): Int32Array {
  return offsets.slice(1).map((end, row) => end - offsets[row])
}
