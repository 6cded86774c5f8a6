import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { chunksOf, firstTurn, withThreads } from '../parallel/threads.js'
import type { WeightedRows } from '../data/sparse-rows.js'
import { type IalsState, type Side, type Task, work } from './ials-kernel.js'

/** What shapes an iALS model. */
export interface Hyperparameters {
  /** d, the width of a factor */
  dimensions: number
  /** α₀, the weight of a pair without a rating */
  alpha0: number
  /** λ and ν: the regularization of a row whose weights add up to n is λ(n + α₀·rows of the other side)^ν */
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
 *     Σ over ratings c (w·h − 1)² + α₀ Σ over all pairs (w·h)²
 *       + λ [ Σ over users (n_u + α₀·items)^ν |w|² + Σ over items (n_i + α₀·users)^ν |h|² ]
 *
 * where c is the weight of a rating and n the sum of the weights in a row, by solving all users exactly, then all items, and again. Hu, Koren, Volinsky, "Collaborative Filtering for Implicit
 * Feedback Datasets" (2008), regularized as in Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS on
 * Item Recommendation Benchmarks" (2021), https://arxiv.org/abs/2110.14037.
 *
 * @param byUser the weights of the ratings, none below 0  @param byItem the same by columns
 * @param normal draws from the standard normal distribution: the only source of chance
 * @param threads how many to use, this one included; the result is the same bytes with any number
 */
export async function factorize(
  byUser: WeightedRows,
  byItem: WeightedRows,
  { dimensions: d, alpha0, lambda, nu, rounds }: Hyperparameters,
  normal: () => number,
  threads = 1,
  onHalfRound: (done: HalfRound) => void = () => {}
): Promise<Factorization> {
  const regularization = (weights: number, others: number): number => lambda * (weights + alpha0 * others) ** nu
  const userCount = byUser.offsets.length - 1
  const itemCount = byItem.offsets.length - 1
  const state: IalsState = {
    d,
    alpha0,
    users: sideOf(byUser, d, n => regularization(n, itemCount)),
    items: sideOf(byItem, d, n => regularization(n, userCount)),
    basis: sharedFloats(d * d),
    spectrum: sharedFloats(d),
    next: firstTurn()
  }
  // Users are solved first, from the items: only these need a start.
  for (let i = 0; i < state.items.factors.length; i++) state.items.factors[i] = (normal() * 0.1) / Math.sqrt(d)

  const kernel = new URL('./ials-kernel.js', import.meta.url)
  await withThreads<IalsState, Task, void>(kernel, work, state, threads - 1, async run => {
    await run({ step: 'gram', side: 'items' })
    for (let round = 1; round <= rounds; round++) {
      for (const side of ['users', 'items'] as const) {
        const fixed = side === 'users' ? 'items' : 'users'
        diagonalize(state, gramOf(state[fixed], d))
        await run({ step: 'rotate', side: fixed })
        await run({ step: 'rotate', side })
        await run({ step: 'solve', side })
        await run({ step: 'gram', side })
        onHalfRound({ round, side, loss: lossOf(state, side, fixed) })
      }
    }
  })
  return { users: state.users.factors, items: state.items.factors }
}

/** Σ y yᵀ over all rows of a side, [d, d]. The chunks are added in their order, whoever computed them. */
function gramOf({ gram }: Side, d: number): Float64Array {
  const sum = new Float64Array(d * d)
  for (let i = 0; i < gram.length; i++) sum[i % sum.length] += gram[i]
  return sum
}

function diagonalize({ d, basis, spectrum }: IalsState, gram: Float64Array): void {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(Matrix.from1DArray(d, d, gram), { assumeSymmetric: true })
  basis.set(eigenvectorMatrix.to1DArray())
  // a Gram matrix has no negative eigenvalue, rounding has
  spectrum.set(realEigenvalues.map(value => Math.max(0, value)))
}

function lossOf(state: IalsState, solved: Task['side'], fixed: Task['side']): number {
  const { d, alpha0, spectrum } = state
  const gram = gramOf(state[solved], d)
  // the fixed side's Gram matrix is diagonal by now, so the sum over all pairs is a trace
  const all = spectrum.reduce((sum, value, k) => sum + value * gram[k * d + k], 0)
  return total(state[solved].errors) + alpha0 * all + total(state[solved].norms) + total(state[fixed].norms)
}

function total(values: Float64Array | Float32Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

const sharedFloats = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length))

function sideOf(rated: WeightedRows, d: number, regularization: (weights: number) => number): Side {
  const { offsets, weights } = rated
  const rows = offsets.length - 1
  const side: Side = {
    rows,
    rated,
    factors: sharedFloats(rows * d),
    regularization: sharedFloats(rows),
    gram: sharedFloats(chunksOf(rows) * d * d),
    norms: sharedFloats(chunksOf(rows)),
    errors: sharedFloats(chunksOf(rows))
  }
  for (let row = 0; row < rows; row++) side.regularization[row] = regularization(total(weights.subarray(offsets[row], offsets[row + 1])))
  return side
}
