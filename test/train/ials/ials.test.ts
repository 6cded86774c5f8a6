import { Matrix, SingularValueDecomposition, solve } from 'ml-matrix'
import t from 'tap'
import { factorize, type HalfRound, type Hyperparameters } from '../../../models/train/ials/ials.js'
import { lambdaOf, strengthsOf } from '../../../models/train/ials/collapse.js'
import { rowOf, transpose, type WeightedRows } from '../../../models/train/data/sparse-rows.js'
import { weightRows } from '../../../models/train/model/rating-weights.js'
import { denseOf, normalFrom, someRated } from '../../fixtures/ratings.js'

const USERS = 40
const ITEMS = 60
const hyper: Hyperparameters = { dimensions: 6, alpha0: 0.1, lambda: 0.02, nu: 1, rounds: 5 }

const rated = someRated()
const byUser = weightRows(rated.items, rated.codes, [0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.9, 1, 1.2], 0.25)
const byItem = transpose(byUser, ITEMS)
const sumOf = (rows: WeightedRows, row: number): number =>
  rows.weights.subarray(rows.offsets[row], rows.offsets[row + 1]).reduce((sum, weight) => sum + weight, 0)

/** The normal equations of one side, written down and solved as they stand: (α₀YᵀY + Σ c yyᵀ + λ(Σ c + α₀N)^ν I) x = Σ c y. */
function plainSolve(side: WeightedRows, fixed: Matrix, { alpha0, lambda, nu, dimensions }: Hyperparameters): Matrix {
  const all = fixed.transpose().mmul(fixed).mul(alpha0)
  const solved = new Matrix(side.offsets.length - 1, dimensions)
  for (let row = 0; row < solved.rows; row++) {
    const columns = [...rowOf(side, row)]
    if (columns.length === 0) continue
    const y = fixed.subMatrixRow(columns)
    const c = Matrix.diag([...side.weights.subarray(side.offsets[row], side.offsets[row + 1])])
    const ridge = lambda * (sumOf(side, row) + alpha0 * fixed.rows) ** nu
    const system = Matrix.add(all, y.transpose().mmul(c).mmul(y)).add(Matrix.eye(dimensions).mul(ridge))
    const sum = y.transpose().mmul(c).mmul(Matrix.ones(columns.length, 1))
    solved.setRow(row, solve(system, sum).to1DArray())
  }
  return solved
}

function plainLoss(w: Matrix, h: Matrix, { alpha0, lambda, nu }: Hyperparameters): number {
  const scores = w.mmul(h.transpose())
  const weights = denseOf(byUser, ITEMS)
  let loss = 0
  for (let u = 0; u < USERS; u++) {
    for (let i = 0; i < ITEMS; i++) loss += alpha0 * scores.get(u, i) ** 2 + weights[u][i] * (scores.get(u, i) - 1) ** 2
    loss += lambda * (sumOf(byUser, u) + alpha0 * ITEMS) ** nu * w.getRowVector(u).norm() ** 2
  }
  for (let i = 0; i < ITEMS; i++) loss += lambda * (sumOf(byItem, i) + alpha0 * USERS) ** nu * h.getRowVector(i).norm() ** 2
  return loss
}

t.test('a slow plain solver agrees: the same predictions, the same loss after every half round', async t => {
  const draw = normalFrom(3)
  let h = Matrix.from1DArray(
    ITEMS,
    6,
    Array.from({ length: ITEMS * 6 }, () => (draw() * 0.1) / Math.sqrt(6))
  )
  let w = new Matrix(USERS, 6)
  const losses: number[] = []
  for (let round = 0; round < hyper.rounds; round++) {
    w = plainSolve(byUser, h, hyper)
    losses.push(plainLoss(w, h, hyper))
    h = plainSolve(byItem, w, hyper)
    losses.push(plainLoss(w, h, hyper))
  }

  const halves: HalfRound[] = []
  const { users, items } = await factorize(byUser, byItem, hyper, normalFrom(3), 1, half => halves.push(half))
  for (const [i, { loss }] of halves.entries()) t.ok(Math.abs(loss - losses[i]) < 1e-5, `half round ${i + 1}: ${loss} and ${losses[i]}`)

  // the factors may be turned, what they predict may not
  const predicted = Matrix.from1DArray(USERS, 6, users).mmul(Matrix.from1DArray(ITEMS, 6, items).transpose())
  const furthest = Matrix.sub(predicted, w.mmul(h.transpose())).abs().max()
  t.ok(furthest < 1e-4, `predictions are at most ${furthest} apart`)
})

t.test('the loss never rises', async t => {
  let last = Number.POSITIVE_INFINITY
  await factorize(byUser, byItem, { ...hyper, rounds: 30 }, normalFrom(1), 1, ({ loss }) => {
    t.ok(loss <= last + 1e-6, `${loss} after ${last}`)
    last = loss
  })
})

t.test('the same seed gives the same bytes, whatever the number of threads; another seed gives others', async t => {
  const one = await factorize(byUser, byItem, hyper, normalFrom(1), 1)
  t.same(await factorize(byUser, byItem, hyper, normalFrom(1), 3), one)
  t.notSame((await factorize(byUser, byItem, hyper, normalFrom(2), 1)).items, one.items)
})

t.test('who rated nothing has no factor', async t => {
  const { users, items } = await factorize(byUser, byItem, hyper, normalFrom(1), 1)
  t.ok(users.subarray(0, 6).every(value => value === 0))
  t.ok(items.subarray(0, 6).every(value => value === 0))
})

t.test(
  'a direction survives while its strength exceeds λ, and the λ that is chosen by the data leaves as many as there are columns',
  async t => {
    const strengths = await strengthsOf(byUser, byItem, hyper, normalFrom(1), 1)
    const surviving = async (lambda: number): Promise<number> => {
      const { users, items } = await factorize(byUser, byItem, { ...hyper, lambda, rounds: 200 }, normalFrom(1), 1)
      const scores = Matrix.from1DArray(USERS, 6, users).mmul(Matrix.from1DArray(ITEMS, 6, items).transpose())
      return new SingularValueDecomposition(scores).diagonal.filter(value => value > 1e-2).length
    }
    t.equal(await surviving(strengths[0] * 1.05), 0)
    t.equal(await surviving(strengths[0] * 0.8), 1)
    t.equal(await surviving(lambdaOf(strengths)), 6)
  }
)
