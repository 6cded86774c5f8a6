import type { LiveHistory } from '../histories/store.js'
import type { Ids } from './ids.js'
import type { History } from './model/histories.js'
import type { MovieId } from './model/items.js'
import type { RatingScale } from './model/rating-scale.js'
import { Arena } from './scoring/arena.js'

/** A movie that comes with a request: its id alone is a like. */
export type HistoryEntry = MovieId | { movieId: MovieId; rating?: number }

/** What somebody rated, as the graph takes it: rows, and how much each of them counts. */
export interface WeightedHistory {
  rows: Int32Array
  weights: Float32Array
}

/** Each movie once, with the rating that it got last, if any, in the order of these. */
export function latest(history: readonly HistoryEntry[]): Map<MovieId, number | undefined> {
  const ratings = new Map<MovieId, number | undefined>()
  for (const entry of history) {
    const { movieId, rating } = typeof entry === 'object' ? entry : { movieId: entry, rating: undefined }
    // A map leaves what it has in its old place.
    ratings.delete(movieId)
    ratings.set(movieId, rating)
  }
  return ratings
}

/**
 * What a store has of somebody, row by row, oldest first: movies that the model does not know are left out, and ratings beyond its scale
 * count as the end of it, for they may have been given while another model was served.
 */
export function liveRows({ ratings }: LiveHistory, ids: Ids, { least, greatest }: RatingScale): Map<number, number | undefined> {
  const rows = new Map<number, number | undefined>()
  const inTime = ratings.toSorted((a, b) => a.time - b.time || (a.movieId < b.movieId ? -1 : 1))
  for (const { movieId, rating, isRemoved } of inTime) {
    const row = ids.rowOf(movieId)
    if (row === undefined || isRemoved) continue
    rows.set(row, rating === undefined ? undefined : Math.min(Math.max(rating, least), greatest))
  }
  return rows
}

/** A stored history without these rows. */
export function without({ rows, ratings }: History, others: ReadonlySet<number>): History {
  const stays = (_: number, at: number): boolean => !others.has(rows[at])
  return { rows: rows.filter(stays), ratings: ratings.filter(stays) }
}

/** A stored history with the weights of its ratings, without what weighs nothing. */
export function weighted({ rows, ratings }: History, { weights }: RatingScale): WeightedHistory {
  let length = 0
  for (let at = 0; at < rows.length; at++) if (weights[ratings[at]] !== 0) length++
  const arena = new Arena(8 * length)
  const history = { rows: arena.int32(length), weights: arena.float32(length) }
  for (let at = 0, to = 0; at < rows.length; at++) {
    const weight = weights[ratings[at]]
    if (weight === 0) continue
    history.rows[to] = rows[at]
    history.weights[to++] = weight
  }
  return history
}

/** The history with what comes on top of it, row by row. What is rated again counts anew, as the last. */
export function extended({ rows, weights }: WeightedHistory, added: ReadonlyMap<number, number>): WeightedHistory {
  const all = new Map<number, number>()
  for (let at = 0; at < rows.length; at++) if (!added.has(rows[at])) all.set(rows[at], weights[at])
  for (const [row, weight] of added) if (weight !== 0) all.set(row, weight)
  return { rows: Int32Array.from(all.keys()), weights: Float32Array.from(all.values()) }
}

/** The newest entries of a history that is in the order of time, so many of them at most. */
export function newest(history: WeightedHistory, most = Number.POSITIVE_INFINITY): WeightedHistory {
  const { rows, weights } = history
  return rows.length <= most ? history : { rows: rows.slice(-most), weights: weights.slice(-most) }
}

/** The same history by rising row: then it gives the same bytes, in whatever order it came. */
export function sorted({ rows, weights }: WeightedHistory): WeightedHistory {
  const order = Int32Array.from(rows.keys()).sort((a, b) => rows[a] - rows[b])
  return { rows: order.map(at => rows[at]), weights: Float32Array.from(order, at => weights[at]) }
}
