import { inverse, Matrix } from 'ml-matrix'
import { choleskyOf, times } from '../linear/dense.js'
import type { Hyperparameters } from './ials.js'

/**
 * The factors with the fold-in in them. W is symmetric and positive definite, so W = L Lᵀ, and with Y′ = Y L a score
 * (Σ c y) W yⱼ is (Σ c y′) y′ⱼ: the matrix is gone.
 *
 * @returns Y′, [items, d]
 */
export function foldedIn(factors: Float64Array, popularity: Float64Array, settings: Parameters<typeof linearFoldIn>[2]): Float32Array {
  const lower = choleskyOf(linearFoldIn(factors, popularity, settings))
  return times({ values: Float32Array.from(factors), d: settings.dimensions }, lower).values
}

/**
 * The matrix W [d, d] that folds a user in: u = (Σ c y) W, over the ratings, each with its weight c.
 *
 * iALS solves (α₀YᵀY + Σ c yyᵀ + λ(Σ c + α₀·items)^ν I) u = Σ c y for each user. Here the sum on the left is replaced by its
 * expectation for a weight of n̄ in all, drawn by popularity: n̄ Σ pᵢ yᵢyᵢᵀ, and Σ c by n̄. Then the matrix on the left is
 * the same for everybody, and W is its inverse.
 *
 * @param factors Y, [items, d]
 * @param popularity [items]: the weights that each item got from all users
 */
export function linearFoldIn(
  factors: Float64Array | Float32Array,
  popularity: Float64Array,
  settings: Pick<Hyperparameters, 'dimensions' | 'alpha0' | 'lambda' | 'nu'> & { foldInLikes: number }
): Matrix {
  const { dimensions: d, alpha0, lambda, nu, foldInLikes } = settings
  const all = popularity.reduce((sum, weight) => sum + weight, 0)
  const system = new Float64Array(d * d)
  for (const [item, popular] of popularity.entries()) {
    const y = factors.subarray(item * d, (item + 1) * d)
    const weight = alpha0 + (foldInLikes * popular) / all
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) system[a * d + b] += weight * y[a] * y[b]
  }
  const ridge = lambda * (foldInLikes + alpha0 * popularity.length) ** nu
  return inverse(Matrix.from1DArray(d, d, system).add(Matrix.eye(d).mul(ridge)))
}
