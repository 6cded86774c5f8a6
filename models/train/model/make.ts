import { likesOf } from '../data/likes.js'
import { ofLikedItems } from '../data/rated.js'
import type { Ratings } from '../data/ratings.js'
import { scaleOf } from '../data/scale.js'
import type { Made } from '../export/folder.js'
import { layoutOf } from '../export/layout.js'
import { fit } from './fit.js'
import { weightsOf } from './rating-weights.js'
import type { Settings } from './settings.js'

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
