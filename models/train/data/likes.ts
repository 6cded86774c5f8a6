import { indicesOf, type Ratings } from './ratings.js'
import { group, type Rows } from './sparse-rows.js'

/** Who likes what, both ways round: a like is a rating of at least `threshold`. */
export interface Likes {
  byUser: Rows
  byItem: Rows
}

export function likesOf(ratings: Ratings, threshold: number): Likes {
  const { userIds, movieIds, user, item, rating } = ratings
  const liked = indicesOf(ratings).filter(i => rating[i] >= threshold)
  return { byUser: group(userIds.length, user, item, liked), byItem: group(movieIds.length, item, user, liked) }
}

/** Each rating that there is, rising, and what it weighs if only likes count. */
export function likesAlone({ rating }: Ratings, threshold: number): { value: number; weight: number }[] {
  const values = [...new Set(rating)].sort((a, b) => a - b)
  // a float32 as people wrote it: 3.7, not 3.700000047
  return values.map(value => ({ value: Number(value.toPrecision(7)), weight: value >= threshold ? 1 : 0 }))
}
