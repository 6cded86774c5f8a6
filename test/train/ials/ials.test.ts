import { randomLcg, randomNormal } from 'd3-random'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import t from 'tap'
import { factorize, type HalfRound, type Hyperparameters } from '../../../models/train/ials/ials.js'
import { group, rowOf } from '../../../models/train/data/sparse-rows.js'
import type { Likes } from '../../../models/train/data/likes.js'

const USERS = 40
const ITEMS = 60
const hyper: Hyperparameters = { dimensions: 6, alpha0: 0.1, lambda: 0.02, nu: 1, rounds: 5 }
const normal = (seed: number) => randomNormal.source(randomLcg(seed))(0, 1)

/** Some like much, some little, user 0 and item 0 nothing. */
function someLikes(): Likes {
  const random = randomLcg(7)
  const pairs: [number, number][] = []
  for (let user = 1; user < USERS; user++) {
    for (let item = 1; item < ITEMS; item++) if (random() < (user / USERS) * (item / ITEMS)) pairs.push([user, item])
  }
  const users = pairs.map(([user]) => user)
  const items = pairs.map(([, item]) => item)
  return { byUser: group(USERS, users, items, [...pairs.keys()]), byItem: group(ITEMS, items, users, [...pairs.keys()]) }
}

const likes = someLikes()

/** The normal equations of one side, written down and solved as they stand: (α₀YᵀY + Σ yyᵀ + λ(n + α₀N)^ν I) x = Σ y. */
function plainSolve(side: Likes['byUser'], fixed: Matrix, { alpha0, lambda, nu, dimensions }: Hyperparameters): Matrix {
  const all = fixed.transpose().mmul(fixed).mul(alpha0)
  const solved = new Matrix(side.offsets.length - 1, dimensions)
  for (let row = 0; row < solved.rows; row++) {
    const liked = [...rowOf(side, row)]
    if (liked.length === 0) continue
    const y = fixed.subMatrixRow(liked)
    const ridge = lambda * (liked.length + alpha0 * fixed.rows) ** nu
    const system = Matrix.add(all, y.transpose().mmul(y)).add(Matrix.eye(dimensions).mul(ridge))
    const sum = y.transpose().mmul(Matrix.ones(liked.length, 1))
    solved.setRow(row, new CholeskyDecomposition(system).solve(sum).to1DArray())
  }
  return solved
}

function plainLoss(w: Matrix, h: Matrix, { alpha0, lambda, nu }: Hyperparameters): number {
  const scores = w.mmul(h.transpose())
  let loss = 0
  for (let u = 0; u < USERS; u++) {
    for (let i = 0; i < ITEMS; i++) loss += alpha0 * scores.get(u, i) ** 2
    for (const i of rowOf(likes.byUser, u)) loss += (scores.get(u, i) - 1) ** 2
    loss += lambda * (rowOf(likes.byUser, u).length + alpha0 * ITEMS) ** nu * w.getRowVector(u).norm() ** 2
  }
  for (let i = 0; i < ITEMS; i++) loss += lambda * (rowOf(likes.byItem, i).length + alpha0 * USERS) ** nu * h.getRowVector(i).norm() ** 2
  return loss
}

t.test('a slow plain solver agrees: the same predictions, the same loss after every half round', async t => {
  const draw = normal(3)
  let h = Matrix.from1DArray(
    ITEMS,
    6,
    Array.from({ length: ITEMS * 6 }, () => (draw() * 0.1) / Math.sqrt(6))
  )
  let w = new Matrix(USERS, 6)
  const losses: number[] = []
  for (let round = 0; round < hyper.rounds; round++) {
    w = plainSolve(likes.byUser, h, hyper)
    losses.push(plainLoss(w, h, hyper))
    h = plainSolve(likes.byItem, w, hyper)
    losses.push(plainLoss(w, h, hyper))
  }

  const halves: HalfRound[] = []
  const { users, items } = await factorize(likes, hyper, normal(3), 1, half => halves.push(half))
  for (const [i, { loss }] of halves.entries()) t.ok(Math.abs(loss - losses[i]) < 1e-5, `half round ${i + 1}: ${loss} and ${losses[i]}`)

  // the factors may be turned, what they predict may not
  const predicted = Matrix.from1DArray(USERS, 6, users).mmul(Matrix.from1DArray(ITEMS, 6, items).transpose())
  const furthest = Matrix.sub(predicted, w.mmul(h.transpose())).abs().max()
  t.ok(furthest < 1e-4, `predictions are at most ${furthest} apart`)
})

t.test('the loss never rises', async t => {
  let last = Number.POSITIVE_INFINITY
  await factorize(likes, { ...hyper, rounds: 30 }, normal(1), 1, ({ loss }) => {
    t.ok(loss <= last + 1e-6, `${loss} after ${last}`)
    last = loss
  })
})

t.test('the same seed gives the same bytes, whatever the number of threads; another seed gives others', async t => {
  const one = await factorize(likes, hyper, normal(1), 1)
  t.same(await factorize(likes, hyper, normal(1), 3), one)
  t.notSame((await factorize(likes, hyper, normal(2), 1)).items, one.items)
})

t.test('who likes nothing has no factor', async t => {
  const { users, items } = await factorize(likes, hyper, normal(1), 1)
  t.ok(users.subarray(0, 6).every(value => value === 0))
  t.ok(items.subarray(0, 6).every(value => value === 0))
})
