import { Matrix, solve } from 'ml-matrix'
import t from 'tap'
import { foldedIn, linearFoldIn } from '../../../models/train/ials/fold-in.js'
import { normalFrom } from '../../fixtures/ratings.js'

const settings = { dimensions: 3, alpha0: 0.3, lambda: 0.2, nu: 0.7, foldInLikes: 7 }
const factors = Float64Array.from({ length: 15 }, normalFrom(1))
const popularity = Float64Array.of(3, 3.5, 2, 2, 0)
const Y = Matrix.from1DArray(5, 3, factors)

function plainFoldIn(): Matrix {
  const { alpha0, lambda, nu, foldInLikes } = settings
  const all = popularity.reduce((sum, weight) => sum + weight)
  const p = Matrix.diag([...popularity].map(weight => weight / all))
  const system = Y.transpose()
    .mmul(Y)
    .mul(alpha0)
    .add(Y.transpose().mmul(p).mmul(Y).mul(foldInLikes))
    .add(Matrix.eye(3).mul(lambda * (foldInLikes + alpha0 * 5) ** nu))
  return solve(system, Matrix.eye(3))
}

const furthest = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).abs().max()

t.test('a slow plain twin agrees on the fold-in: W = (α₀YᵀY + n̄ Σ p yyᵀ + λ(n̄ + α₀·items)^ν I)⁻¹', async t => {
  t.ok(furthest(linearFoldIn(factors, popularity, settings), plainFoldIn()) < 1e-9)
})

t.test('folded in, a score is a plain dot product: y′·y′ = y W yᵀ', async t => {
  const folded = Matrix.from1DArray(5, 3, foldedIn(factors, popularity, settings))
  t.ok(furthest(folded.mmul(folded.transpose()), Y.mmul(plainFoldIn()).mmul(Y.transpose())) < 1e-5)
})
