import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix'
import type { Hyperparameters } from './ials.js'

/**
 * The factors with the fold-in in them. W is symmetric and positive definite, so W = L Lᵀ, and with Y′ = Y L a score
 * (Σ over likes y) W yⱼ is (Σ over likes y′) y′ⱼ: the matrix is gone from the graph.
 *
 * @returns Y′, [items, d]
 */
export function foldedIn(factors: Float64Array, popularity: Int32Array, settings: Parameters<typeof linearFoldIn>[2]): Float32Array {
  const { dimensions: d } = settings
  const foldIn = linearFoldIn(factors, popularity, settings)
  // rounding leaves an inverse not quite symmetric
  const symmetric = Matrix.add(foldIn, foldIn.transpose()).mul(0.5)
  const lower = new CholeskyDecomposition(symmetric).lowerTriangularMatrix.to1DArray()
  const folded = new Float32Array(factors.length)
  for (let from = 0; from < factors.length; from += d) {
    for (let b = 0; b < d; b++) {
      let sum = 0
      for (let a = b; a < d; a++) sum += factors[from + a] * lower[a * d + b]
      folded[from + b] = sum
    }
  }
  return folded
}

/**
 * The matrix W [d, d] that folds a user in: u = (Σ over likes y) W.
 *
 * iALS solves (α₀YᵀY + Σ over likes yyᵀ + λ(|likes| + α₀·items)^ν I) u = Σ over likes y for each user. Here the sum over
 * likes on the left is replaced by its expectation for n̄ likes drawn by popularity, n̄ Σ pᵢ yᵢyᵢᵀ, and |likes| by n̄. Then
 * the matrix on the left is the same for everybody, and W is its inverse.
 *
 * @param factors Y, [items, d]
 * @param popularity [items]: how many users like each item
 */
export function linearFoldIn(
  factors: Float64Array,
  popularity: Int32Array,
  settings: Pick<Hyperparameters, 'dimensions' | 'alpha0' | 'lambda' | 'nu'> & { foldInLikes: number }
): Matrix {
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
