import type { Ratings } from './ratings.js'

/** From which rating on something is liked, and why. */
export interface Threshold {
  like: number
  why: 'given' | 'stars' | 'chosen'
  /** the different ratings, rising */
  values: number[]
}

/** Tops of scales that people rate on. Numbers above them, or between them, are taken for counts. */
const TOPS = [5, 10, 20, 100]

/** Where fewer or more than this share of all ratings are likes, something may be wrong. */
const FEW = 0.05
const MANY = 0.95

/**
 * The threshold that was given, 4 on a scale of five stars, and otherwise one that suits the data: of two values the
 * higher, on a known scale four fifths of its top, of counts the lower quartile.
 */
export function likeFor({ rating }: Pick<Ratings, 'rating'>, given?: number): Threshold {
  const values = distinct(rating)
  if (given !== undefined) return { like: given, why: 'given', values }
  const [low, high] = [values[0], values[values.length - 1]]
  const chosen = (like: number): Threshold => ({ like, why: 'chosen', values })
  const top = TOPS.find(top => high <= top && high >= 0.8 * top)
  if (low >= 0 && top === 5) return { like: 4, why: 'stars', values }
  if (values.length <= 2) return chosen(high)
  if (low < 0) return chosen(low + 0.75 * (high - low))
  if (top !== undefined) return chosen(0.8 * top)
  return chosen(high <= 5 ? high : quartile(rating))
}

/** What the scale is, how much of it counts as a like, and what looks wrong about that. */
export function told({ rating }: Pick<Ratings, 'rating'>, { like, why, values }: Threshold): string[] {
  const liked = rating.reduce((count, value) => count + Number(value >= like), 0)
  const share = liked / rating.length
  const [low, high] = [values[0], values[values.length - 1]]
  const scale = values.length === 1 ? `every rating is ${low}` : `ratings from ${low} to ${high}, ${values.length} different`
  const sentences = [
    `${scale}: ${like} or more is a like, ${(100 * share).toFixed(0)} % of all${why === 'chosen' && values.length > 1 ? '; chosen for this scale, --like says otherwise' : ''}`
  ]
  if (values.length > 1 && share > MANY) sentences.push('warning: nearly everything is a like, so likes say little: try a higher --like')
  if (liked > 0 && share < FEW) sentences.push('warning: hardly anything is a like: try a lower --like')
  return sentences
}

/** Rising, as people wrote them: 3.7, not the float32 3.700000047. */
const distinct = (rating: Float32Array): number[] => [...new Set(rating)].sort((a, b) => a - b).map(value => Number(value.toPrecision(7)))

const quartile = (rating: Float32Array): number => Float32Array.from(rating).sort()[Math.floor(rating.length / 4)]
