import type { WeightedRows } from '../data/sparse-rows.js'
import { chunksOf, firstTurn, withThreads } from '../parallel/threads.js'
import { type Dense, type Spectrum, spectrumOf } from './dense.js'
import { type SvdState, type SvdTask, work } from './svd-kernel.js'

/** The leading part of X = U S Vᵀ. */
export interface TruncatedSvd {
  /** σ², from the largest on: [rank] */
  squares: Float64Array
  /** V, [items, rank] */
  right: Dense
}

/** Directions beyond the wanted ones, that the last of those are right as well. */
const SPARE = 20

/** A direction whose square is a smaller share of the largest one is noise of float32. */
const NOISE = 1e-10

/**
 * The `rank` leading singular directions of a sparse matrix X [users, items], by randomized subspace iteration: from a random
 * start, Q ← orth(Xᵀ X Q), a few times, and then the eigenvectors of QᵀXᵀXQ. Each time passes twice over the entries. Halko,
 * Martinsson, Tropp, "Finding Structure with Randomness" (2011), https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1.
 *
 * A rank that X does not have is filled up with directions of square 0 and entries 0.
 *
 * @param byUser X by rows  @param byItem the same by columns
 * @param normal draws from the standard normal distribution: the only source of chance
 * @param threads how many to use; the result is the same bytes with any number
 */
export async function truncatedSvd(
  byUser: WeightedRows,
  byItem: WeightedRows,
  rank: number,
  normal: () => number,
  threads = 1,
  iterations = 4,
  onIteration: () => void = () => {}
): Promise<TruncatedSvd> {
  const users = byUser.offsets.length - 1
  const items = byItem.offsets.length - 1
  const width = Math.min(rank + SPARE, users, items)
  const state: SvdState = {
    width,
    byUser,
    byItem,
    users: new Float32Array(new SharedArrayBuffer(4 * users * width)),
    items: new Float32Array(new SharedArrayBuffer(4 * items * width)),
    grams: new Float64Array(new SharedArrayBuffer(8 * chunksOf(Math.max(users, items)) * width * width)),
    basis: new Float64Array(new SharedArrayBuffer(8 * width * width)),
    next: firstTurn()
  }
  for (let i = 0; i < state.items.length; i++) state.items[i] = normal()

  const kernel = new URL('./svd-kernel.js', import.meta.url)
  const spectrum = await withThreads<SvdState, SvdTask, Spectrum>(kernel, work, state, threads - 1, async run => {
    const multiply = async (side: SvdTask['side']): Promise<void> => run({ step: 'multiply', side })
    const diagonalize = async (side: SvdTask['side']): Promise<Spectrum> => {
      await run({ step: 'gram', side })
      return spectrumOf(sumOf(state, state[side].length / width))
    }
    const orthonormalize = async (): Promise<void> => {
      const { values, vectors } = await diagonalize('items')
      setBasis(state, { values, vectors }, value => (value > NOISE * values[0] ? 1 / Math.sqrt(value) : 0))
      await run({ step: 'turn', side: 'items' })
    }
    await orthonormalize()
    for (let i = 0; i < iterations; i++) {
      await multiply('users')
      await multiply('items')
      await orthonormalize()
      onIteration()
    }
    await multiply('users')
    const spectrum = await diagonalize('users')
    setBasis(state, spectrum, () => 1)
    await run({ step: 'turn', side: 'items' })
    return spectrum
  })
  return leading(state, spectrum, rank)
}

/**
 * The square of the singular value of that rank, from 1 on; between two ranks, a value between theirs. Of a rank that the
 * matrix does not have, the last one that it has.
 */
export function squareAt(squares: Float64Array, rank: number): number {
  const there = squares.filter(square => square > 0)
  const at = (k: number): number => there[Math.min(k, there.length) - 1] ?? 1
  const lower = Math.floor(rank)
  return at(lower) ** (1 - (rank - lower)) * at(lower + 1) ** (rank - lower)
}

/** The chunks are added in their order, whoever computed them. */
function sumOf({ grams, width }: SvdState, rows: number): Float64Array {
  const size = width * width
  const sum = new Float64Array(size)
  for (let chunk = 0; chunk < chunksOf(rows); chunk++) for (let i = 0; i < size; i++) sum[i] += grams[chunk * size + i]
  return sum
}

function setBasis({ basis, width }: SvdState, { values, vectors }: Spectrum, scale: (value: number) => number): void {
  for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) basis[a * width + b] = vectors.get(a, b) * scale(values[b])
}

function leading({ items, width }: SvdState, { values }: Spectrum, rank: number): TruncatedSvd {
  const rows = items.length / width
  const right: Dense = { values: new Float32Array(rows * rank), d: rank }
  const squares = new Float64Array(rank)
  for (let k = 0; k < Math.min(rank, width); k++) {
    if (values[k] <= NOISE * values[0]) break
    squares[k] = values[k]
    for (let row = 0; row < rows; row++) right.values[row * rank + k] = items[row * width + k]
  }
  return { squares, right }
}
