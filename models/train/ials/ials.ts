import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { chunksOf, type Shared, type Side, type Task, work } from './ials-kernel.js'
import type { Likes } from '../data/likes.js'
import type { Rows } from '../data/sparse-rows.js'

/** What shapes an iALS model. */
export interface Hyperparameters {
  /** d, the width of a factor */
  dimensions: number
  /** α₀, the weight of what nobody liked, against 1 for a like */
  alpha0: number
  /** λ and ν: the regularization of a row with n likes is λ(n + α₀·rows of the other side)^ν */
  lambda: number
  nu: number
  /** how often all users and then all items are solved */
  rounds: number
}

export interface HalfRound {
  round: number
  side: 'users' | 'items'
  /** the value of the objective, below */
  loss: number
}

/** W and H, row by row: [users, d] and [items, d]. */
export interface Factorization {
  users: Float64Array
  items: Float64Array
}

/**
 * Implicit alternating least squares. Minimizes, over user rows w and item rows h,
 *
 *     Σ over likes (w·h − 1)² + α₀ Σ over all pairs (w·h)²
 *       + λ [ Σ over users (|S_u| + α₀·items)^ν |w|² + Σ over items (|S_i| + α₀·users)^ν |h|² ]
 *
 * by solving all users exactly, then all items, and again. Hu, Koren, Volinsky, "Collaborative Filtering for Implicit
 * Feedback Datasets" (2008), regularized as in Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS on
 * Item Recommendation Benchmarks" (2021), https://arxiv.org/abs/2110.14037.
 *
 * @param normal draws from the standard normal distribution: the only source of chance
 * @param threads how many to use, this one included; the result is the same bytes with any number
 */
export async function factorize(
  likes: Likes,
  { dimensions: d, alpha0, lambda, nu, rounds }: Hyperparameters,
  normal: () => number,
  threads = 1,
  onHalfRound: (done: HalfRound) => void = () => {}
): Promise<Factorization> {
  const regularization = (likes: number, others: number): number => lambda * (likes + alpha0 * others) ** nu
  const userCount = likes.byUser.offsets.length - 1
  const itemCount = likes.byItem.offsets.length - 1
  const shared: Shared = {
    d,
    alpha0,
    users: sideOf(likes.byUser, d, n => regularization(n, itemCount)),
    items: sideOf(likes.byItem, d, n => regularization(n, userCount)),
    basis: sharedFloats(d * d),
    spectrum: sharedFloats(d),
    next: new Int32Array(new SharedArrayBuffer(4))
  }
  // Users are solved first, from the items: only these need a start.
  for (let i = 0; i < shared.items.factors.length; i++) shared.items.factors[i] = (normal() * 0.1) / Math.sqrt(d)

  await withThreads(shared, threads - 1, async run => {
    await run({ step: 'gram', side: 'items' })
    for (let round = 1; round <= rounds; round++) {
      for (const side of ['users', 'items'] as const) {
        const fixed = side === 'users' ? 'items' : 'users'
        diagonalize(shared, gramOf(shared[fixed], d))
        await run({ step: 'rotate', side: fixed })
        await run({ step: 'rotate', side })
        await run({ step: 'solve', side })
        await run({ step: 'gram', side })
        onHalfRound({ round, side, loss: lossOf(shared, side, fixed) })
      }
    }
  })
  return { users: shared.users.factors, items: shared.items.factors }
}

/** Σ y yᵀ over all rows of a side, [d, d]. The chunks are added in their order, whoever computed them. */
function gramOf({ gram }: Side, d: number): Float64Array {
  const sum = new Float64Array(d * d)
  for (let i = 0; i < gram.length; i++) sum[i % sum.length] += gram[i]
  return sum
}

function diagonalize({ d, basis, spectrum }: Shared, gram: Float64Array): void {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(Matrix.from1DArray(d, d, gram), { assumeSymmetric: true })
  basis.set(eigenvectorMatrix.to1DArray())
  // a Gram matrix has no negative eigenvalue, rounding has
  spectrum.set(realEigenvalues.map(value => Math.max(0, value)))
}

function lossOf(shared: Shared, solved: Task['side'], fixed: Task['side']): number {
  const { d, alpha0, spectrum } = shared
  const gram = gramOf(shared[solved], d)
  // the fixed side's Gram matrix is diagonal by now, so the sum over all pairs is a trace
  const all = spectrum.reduce((sum, value, k) => sum + value * gram[k * d + k], 0)
  return total(shared[solved].errors) + alpha0 * all + total(shared[solved].norms) + total(shared[fixed].norms)
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

const sharedFloats = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length))

function sideOf({ offsets, values }: Rows, d: number, regularization: (likes: number) => number): Side {
  const rows = offsets.length - 1
  const side: Side = {
    rows,
    offsets,
    likes: values,
    factors: sharedFloats(rows * d),
    regularization: sharedFloats(rows),
    gram: sharedFloats(chunksOf(rows) * d * d),
    norms: sharedFloats(chunksOf(rows)),
    errors: sharedFloats(chunksOf(rows))
  }
  for (let row = 0; row < rows; row++) side.regularization[row] = regularization(offsets[row + 1] - offsets[row])
  return side
}

/** Gives `body` a function that runs one task on this thread and `helpers` more, and ends those afterwards. */
async function withThreads(shared: Shared, helpers: number, body: (run: (task: Task) => Promise<void>) => Promise<void>): Promise<void> {
  const workers = Array.from({ length: helpers }, () => new Worker(new URL('./ials-worker.js', import.meta.url), { workerData: shared }))
  try {
    await body(async task => {
      shared.next[0] = 0
      const done = workers.map(worker => once(worker, 'message'))
      for (const worker of workers) worker.postMessage(task)
      work(shared, task)
      await Promise.all(done)
    })
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}
