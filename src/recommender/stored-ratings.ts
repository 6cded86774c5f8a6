import type { LiveHistory } from '../histories/store.js'
import { EMPTY_HISTORY } from './model/histories.js'
import type { MovieId } from './model/items.js'
import type { Model } from './model/load-model.js'

/** A rating that is kept of somebody. */
export interface StoredRating {
  movieId: MovieId
  /** none: they like it */
  rating?: number
  /** ms since 1970; the model's file tells none */
  time?: number
}

/** What is kept of a user: what the model's file has, in its order, then what the store has. */
export function storedRatings(
  { histories, items, manifest }: Omit<Model, 'scorer' | 'scale'>,
  userId: string,
  live?: LiveHistory
): StoredRating[] {
  const told = new Set(live?.ratings.map(({ movieId }) => movieId))
  const fresh = (live?.ratings ?? []).flatMap(({ movieId, rating, time, isRemoved }) => (isRemoved ? [] : [{ movieId, rating, time }]))
  const { rows, ratings } = (live?.isForgotten ? undefined : histories.of(userId)) ?? EMPTY_HISTORY
  const old = Array.from(rows, (row, at) => ({ movieId: items.movieIds[row], rating: manifest.ratings[ratings[at]].value }))
  return [...old.filter(({ movieId }) => !told.has(movieId)), ...fresh]
}

/** What tells no time comes last, by id. */
export function newestFirst(a: StoredRating, b: StoredRating): number {
  return (b.time ?? 0) - (a.time ?? 0) || (a.movieId < b.movieId ? -1 : Number(a.movieId > b.movieId))
}
