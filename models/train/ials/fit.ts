import { randomLcg, randomNormal } from 'd3-random'
import type { Factors } from '../export/factors.js'
import { foldedIn } from './fold-in.js'
import { factorize, type HalfRound, type Hyperparameters } from './ials.js'
import { counts } from '../data/sparse-rows.js'
import type { Likes } from '../data/likes.js'

export interface Settings extends Hyperparameters {
  /** a rating of at least this is a like */
  like: number
  /** n̄, the number of likes that the fold-in expects of a user */
  foldInLikes: number
  seed: number
}

/** Popularity decides for an empty history alone: any other fades it at once. */
const AT_ONCE = 1e6

/** Trains on likes. The same likes and settings give the same bytes. */
export async function fit(likes: Likes, settings: Settings, threads: number, onHalfRound?: (done: HalfRound) => void): Promise<Factors> {
  const normal = randomNormal.source(randomLcg(settings.seed))(0, 1)
  const { items } = await factorize(likes, settings, normal, threads, onHalfRound)
  if (!items.every(Number.isFinite)) throw new Error('the factors are not finite: try a larger --lambda or --alpha0')
  const popularity = counts(likes.byItem)
  const most = popularity.reduce((most, count) => Math.max(most, count), 1)
  return {
    items: popularity.length,
    dimensions: settings.dimensions,
    factors: foldedIn(items, popularity, settings),
    popularity: Float32Array.from(popularity, count => count / most),
    fade: AT_ONCE
  }
}
