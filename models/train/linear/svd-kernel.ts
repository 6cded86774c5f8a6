import { type Shared, takeChunks } from '../parallel/threads.js'
import { addGram, multiplyRows } from './dense.js'
import type { WeightedRows } from '../data/sparse-rows.js'

/** The steps of the truncated SVD that threads share, each over one chunk of rows. All state lies in shared memory. */
export interface SvdState extends Shared {
  /** how many columns the two matrices below have */
  width: number
  byUser: WeightedRows
  byItem: WeightedRows
  /** [users, width] */
  users: Float32Array
  /** [items, width] */
  items: Float32Array
  /** per chunk of rows: Σ y yᵀ, [width, width] */
  grams: Float64Array
  /** [width, width]: what `turn` multiplies rows with */
  basis: Float64Array
}

/** `multiply` sets one side to X, or Xᵀ, times the other; `gram` sums y yᵀ over a side; `turn` multiplies its rows with the basis. */
export interface SvdTask {
  step: 'multiply' | 'gram' | 'turn'
  side: 'users' | 'items'
}

export function work(state: SvdState, { step, side }: SvdTask): void {
  const { width } = state
  const rows = state[side].length / width
  takeChunks(state, rows, (chunk, from, to) => {
    if (step === 'multiply' && side === 'users') multiply(state.byUser, state.items, state.users, width, from, to)
    else if (step === 'multiply') multiply(state.byItem, state.users, state.items, width, from, to)
    else if (step === 'gram')
      addGram(state[side], width, from, to, state.grams.subarray(chunk * width * width, (chunk + 1) * width * width).fill(0))
    else multiplyRows(state[side], width, state.basis, from, to, state[side])
  })
}

function multiply(x: WeightedRows, other: Float32Array, out: Float32Array, width: number, from: number, to: number): void {
  const { offsets, values, weights } = x
  const sum = new Float64Array(width)
  for (let row = from; row < to; row++) {
    sum.fill(0)
    const end = offsets[row + 1]
    let at = offsets[row]
    // Four entries at a time read and write the sum a quarter as often.
    for (; at + 3 < end; at += 4) {
      const a = values[at] * width
      const b = values[at + 1] * width
      const c = values[at + 2] * width
      const d = values[at + 3] * width
      const wa = weights[at]
      const wb = weights[at + 1]
      const wc = weights[at + 2]
      const wd = weights[at + 3]
      for (let k = 0; k < width; k++) sum[k] += wa * other[a + k] + wb * other[b + k] + (wc * other[c + k] + wd * other[d + k])
    }
    for (; at < end; at++) {
      const a = values[at] * width
      const wa = weights[at]
      for (let k = 0; k < width; k++) sum[k] += wa * other[a + k]
    }
    out.set(sum, row * width)
  }
}
