import { Matrix, solve } from 'ml-matrix'
import t from 'tap'
import { fit } from '../../../models/train/ials/fit.js'
import { foldedIn } from '../../../models/train/ials/fold-in.js'
import { type Likes } from '../../../models/train/data/likes.js'
import { group } from '../../../models/train/data/sparse-rows.js'
import { settings as board } from '../../fixtures/checkerboard.js'

/** Six users and five items; item 0 is liked by three, item 4 by nobody. */
const pairs = [[0, 0], [0, 1], [1, 0], [1, 2], [2, 0], [2, 3], [3, 1], [4, 2], [4, 1], [5, 3]] // prettier-ignore
const users = pairs.map(([user]) => user)
const items = pairs.map(([, item]) => item)
const likes: Likes = { byUser: group(6, users, items, [...pairs.keys()]), byItem: group(5, items, users, [...pairs.keys()]) }
const likeCounts = [3, 3, 2, 2, 0]
const settings = { ...board, dimensions: 3, alpha0: 0.3, lambda: 0.2, nu: 0.7, rounds: 3, foldInLikes: 7 }

t.test('a slow plain twin agrees on the fold-in: Y′Y′ᵀ = Y W Yᵀ, W = (α₀YᵀY + n̄ Σ p yyᵀ + λ(n̄ + α₀·items)^ν I)⁻¹', t => {
  const { alpha0, lambda, nu, foldInLikes, dimensions } = settings
  const factors = Float64Array.from({ length: 5 * dimensions }, (_, i) => Math.sin(7 * i))
  const Y = Matrix.from1DArray(5, dimensions, factors)
  const p = Matrix.diag(likeCounts.map(count => count / 10))
  const system = Y.transpose()
    .mmul(Y)
    .mul(alpha0)
    .add(Y.transpose().mmul(p).mmul(Y).mul(foldInLikes))
    .add(Matrix.eye(dimensions).mul(lambda * (foldInLikes + alpha0 * 5) ** nu))
  const W = solve(system, Matrix.eye(dimensions))
  const scores = Y.mmul(W).mmul(Y.transpose())
  const folded = Matrix.from1DArray(5, dimensions, foldedIn(factors, Int32Array.from(likeCounts), settings))
  const furthest = Matrix.sub(scores, folded.mmul(folded.transpose())).abs().max()
  t.ok(furthest < 1e-5 * scores.norm('max'), `${furthest} apart, of ${scores.norm('max')}`)
  t.end()
})

t.test('the prior is 1 for the most liked item, and for the others their share of its likes', async t => {
  const { items, dimensions, popularity } = await fit(likes, settings, 1)
  t.match({ items, dimensions }, { items: 5, dimensions: 3 })
  t.same(
    popularity,
    Float32Array.from(likeCounts, count => count / 3)
  )
})

t.test('the same seed gives the same factors, another one others; half rounds are told', async t => {
  let told = 0
  const one = await fit(likes, settings, 1, () => told++)
  t.equal(told, 2 * settings.rounds)
  t.same(await fit(likes, settings, 1), one)
  t.notSame((await fit(likes, { ...settings, seed: 2 }, 1)).factors, one.factors)
})
