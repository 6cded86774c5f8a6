import type { Manifest } from './manifest.js'

/** How people rate, and what a rating weighs in a history. */
export interface RatingScale {
  least: number
  greatest: number
  /** a rating of at least this is a like */
  liked: number
  /** of each rating of the manifest's list */
  weights: Float32Array
  /** of any rating from `least` to `greatest`; without one, of the lowest rating of the list that is a like */
  weightOf(rating?: number): number
}

/** @param takesWeights if the graph takes no weights, a history is what somebody liked, and every like counts the same */
export function ratingScale({ ratings, liked }: Pick<Manifest, 'ratings' | 'liked'>, takesWeights: boolean): RatingScale {
  const [least, greatest] = [ratings[0].value, ratings[ratings.length - 1].value]
  const plainLike = ratings.find(({ value }) => value >= liked)?.value ?? greatest
  const weightOf = (rating = plainLike): number => {
    if (!takesWeights) return rating >= liked ? 1 : 0
    const above = ratings.findIndex(({ value }) => value >= rating)
    const upper = ratings[above]
    if (upper.value === rating) return upper.weight
    const lower = ratings[above - 1]
    return lower.weight + ((rating - lower.value) / (upper.value - lower.value)) * (upper.weight - lower.weight)
  }
  return { least, greatest, liked, weights: Float32Array.from(ratings, ({ value }) => weightOf(value)), weightOf }
}
