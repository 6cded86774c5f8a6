import { randomLcg, randomNormal } from 'd3-random'
import { inverse, Matrix } from 'ml-matrix'
import { factorize, type HalfRound, type Hyperparameters } from './ials.js'
import { counts, type Likes } from '../data/rows.js'

/** What a graph is made of. Rows are items, in the order of the model folder. */
export interface Factors {
  items: number
  dimensions: number
  /** Y, [items, dimensions] */
  factors: Float32Array
  /** W, [dimensions, dimensions]: turns the sum of a history's rows into the user's vector */
  foldIn: Float32Array
  /** b, [items]: the popularity prior, too small to change an order that the factors decide */
  popularity: Float32Array
}

export interface Settings extends Hyperparameters {
  /** a rating of at least this is a like */
  like: number
  /** n̄, how many likes the fold-in expects of a user */
  foldInLikes: number
  seed: number
}

/** The popularity prior of the most liked item; scores that matter are 10⁴ times as large and more. */
const PRIOR = 1e-6

/** Trains on likes, and gives what the graph needs. The same likes and settings give the same bytes. */
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

/**
 * iALS folds a user in by solving (α₀YᵀY + Σ over likes yyᵀ + λ(|likes| + α₀·items)^ν I) u = Σ over likes y. Here
 * that sum of products is replaced by what n̄ likes drawn by popularity would give, n̄ Σ pᵢ yᵢyᵢᵀ, and |likes| by n̄:
 * the matrix is the same for everybody, and its inverse W makes u = (Σ over likes y) W.
 */
function linearFoldIn(factors: Float64Array, popularity: Int32Array, settings: Settings): Matrix {
  const { dimensions: d, alpha0, lambda, nu, foldInLikes } = settings
  const all = popularity.reduce((sum, count) => sum + count, 0)
  const system = new Float64Array(d * d)
  for (const [item, count] of popularity.entries()) {
    const y = factors.subarray(item * d, (item + 1) * d)
    const weight = alpha0 + (foldInLikes * count) / all
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) system[a * d + b] += weight * y[a] * y[b]
  }
  const ridge = lambda * (foldInLikes + alpha0 * popularity.length) ** nu
  return inverse(Matrix.from1DArray(d, d, system).add(Matrix.eye(d).mul(ridge)))
}
