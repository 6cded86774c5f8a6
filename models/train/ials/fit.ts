import { randomLcg, randomNormal } from 'd3-random'
import { linearFoldIn } from './fold-in.js'
import { factorize, type HalfRound, type Hyperparameters } from './ials.js'
import { counts } from '../data/sparse-rows.js'
import type { Likes } from '../data/likes.js'

/** The numbers of a graph. Rows are items, in the order of the model folder. */
export interface Factors {
  items: number
  dimensions: number
  /** Y, [items, dimensions] */
  factors: Float32Array
  /** W, [dimensions, dimensions]: turns the sum of a history's item rows into the user's vector */
  foldIn: Float32Array
  /** b, [items]: the popularity prior, too small to change an order that the factors decide */
  popularity: Float32Array
}

export interface Settings extends Hyperparameters {
  /** a rating of at least this is a like */
  like: number
  /** n̄, the number of likes that the fold-in expects of a user */
  foldInLikes: number
  seed: number
}

/** The prior of the most liked item. Scores that matter are at least 10⁴ times as large. */
const PRIOR = 1e-6

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
    factors: Float32Array.from(items),
    foldIn: Float32Array.from(linearFoldIn(items, popularity, settings).to1DArray()),
    popularity: Float32Array.from(popularity, count => (PRIOR * count) / most)
  }
}
