import { randomLcg, randomNormal } from 'd3-random'
import { likesOf } from '../data/likes.js'
import { ofLikedItems, ratedOf } from '../data/rated.js'
import type { Ratings } from '../data/ratings.js'
import { scaleOf } from '../data/scale.js'
import type { Factors } from '../export/factors.js'
import type { Made } from '../export/folder.js'
import { layoutOf } from '../export/layout.js'
import { fit } from './fit.js'
import { likenessRows } from './likeness.js'
import { weightsOf } from './rating-weights.js'
import type { Settings } from './settings.js'

/** λ of likeness is the square of the singular value of this rank, and so many directions are kept. */
const LIKENESS = { lambdaRank: 16, dimensions: 128 }

/**
 * Rows for "more like this", beside those that recommend.
 *
 * @param ratings those that the model holds: of films that somebody likes
 */
export async function makeLikeness(ratings: Ratings, { like, seed }: Settings, threads: number): Promise<Factors> {
  const rated = ratedOf(ratings, like)
  const normal = randomNormal.source(randomLcg(seed))(0, 1)
  const { values, d } = await likenessRows(rated, like, LIKENESS.dimensions, LIKENESS.lambdaRank, normal, threads)
  const items = rated.likes.length
  return { items, dimensions: d, factors: values, popularity: new Float32Array(items), fade: AT_ONCE }
}

/** One film is a whole history here: popularity has no say. */
const AT_ONCE = 1e6

/**
 * Trains on ratings, and makes everything that a folder holds. Films that nobody likes are left out.
 *
 * @throws Error when no rating is a like
 */
export async function makeModel(
  ratings: Ratings,
  settings: Settings,
  threads: number,
  onStep?: (note: string) => void
): Promise<Made & { effectiveRank?: number }> {
  const { like, weights } = settings
  const kept = ofLikedItems(ratings, like)
  if (kept.movieIds.length === 0) throw new Error(`expected at least one rating of ${like} or more, found none: see --like`)
  const { factors, effectiveRank } = await fit(kept, settings, threads, onStep)
  const likes = likesOf(kept, like)
  const scale = scaleOf(kept.rating)
  const table = weightsOf(scale, like, weights)
  return {
    factors,
    ratings: kept,
    weights: scale.map((value, i) => ({ value, weight: Number(table[i].toPrecision(6)) })),
    like,
    likes,
    layout: layoutOf(factors, likes.byUser),
    histories: true,
    effectiveRank
  }
}
