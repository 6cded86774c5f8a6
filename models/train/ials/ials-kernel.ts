import type { WeightedRows } from '../data/sparse-rows.js'
import { type Shared, takeChunks } from '../parallel/threads.js'

/** One side of the factorization: users or items. */
export interface Side {
  rows: number
  /** the weights of what was rated, in rows that point at the other side */
  rated: WeightedRows
  /** [rows, d] */
  factors: Float64Array
  /** λ(Σ weights + α₀·other side's rows)^ν, one a row: frequency-scaled regularization */
  regularization: Float64Array
  /** per chunk: Σ y yᵀ [d, d] · Σ regularization·|y|² · Σ weight (x·y − 1)² */
  gram: Float64Array
  norms: Float64Array
  errors: Float64Array
}

/**
 * What the threads of iALS share. The result of a chunk of rows depends only on the data, so any number of threads writes
 * the same bytes.
 */
export interface IalsState extends Shared {
  d: number
  alpha0: number
  users: Side
  items: Side
  /** eigenvectors (columns) and eigenvalues of the fixed side's Gram matrix */
  basis: Float64Array
  spectrum: Float64Array
}

export interface Task {
  step: 'gram' | 'rotate' | 'solve'
  side: 'users' | 'items'
}

export function work(state: IalsState, { step, side }: Task): void {
  const fixed = state[side === 'users' ? 'items' : 'users']
  takeChunks(state, state[side].rows, (chunk, from, to) => {
    if (step === 'gram') gram(state, state[side], chunk, from, to)
    else if (step === 'rotate') rotate(state, state[side], from, to)
    else solve(state, state[side], fixed, chunk, from, to)
  })
}

function gram({ d }: IalsState, side: Side, chunk: number, from: number, to: number): void {
  const sum = side.gram.subarray(chunk * d * d, (chunk + 1) * d * d).fill(0)
  let norms = 0
  for (let row = from; row < to; row++) {
    const y = side.factors.subarray(row * d, (row + 1) * d)
    let square = 0
    for (let a = 0; a < d; a++) {
      const ya = y[a]
      square += ya * ya
      if (ya !== 0) for (let b = 0; b <= a; b++) sum[a * d + b] += ya * y[b]
    }
    norms += side.regularization[row] * square
  }
  for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) sum[b * d + a] = sum[a * d + b]
  side.norms[chunk] = norms
}

function rotate({ d, basis }: IalsState, side: Side, from: number, to: number): void {
  const turned = new Float64Array(d)
  for (let row = from; row < to; row++) {
    const y = side.factors.subarray(row * d, (row + 1) * d)
    turned.fill(0)
    for (let a = 0; a < d; a++) {
      const ya = y[a]
      if (ya !== 0) for (let b = 0; b < d; b++) turned[b] += ya * basis[a * d + b]
    }
    y.set(turned)
  }
}

/**
 * Solves (α₀YᵀY + Σ wᵢyᵢyᵢᵀ + ρI) x = Σ wᵢyᵢ for each row x, where Y has been turned so that YᵀY is diagonal. Then
 * M = α₀YᵀY + ρI is a diagonal, and conjugate gradients preconditioned by M see "identity + as many rank-one terms as
 * there are ratings": a row of n ratings is exact after n steps, and a step costs 2nd. The stop is in units of the
 * objective: what x misses of it is at most rᵀM⁻¹r.
 */
function solve({ d, alpha0, spectrum }: IalsState, side: Side, fixed: Side, chunk: number, from: number, to: number): void {
  const { rated, factors, regularization } = side
  const { offsets, values, weights } = rated
  const y = fixed.factors
  const diagonal = new Float64Array(d)
  const r = new Float64Array(d)
  const p = new Float64Array(d)
  const ap = new Float64Array(d)
  let errors = 0

  for (let row = from; row < to; row++) {
    const x = factors.subarray(row * d, (row + 1) * d)
    const start = offsets[row]
    const end = offsets[row + 1]
    if (start === end) {
      x.fill(0)
      continue
    }
    for (let k = 0; k < d; k++) diagonal[k] = alpha0 * spectrum[k] + regularization[row]

    r.fill(0)
    for (let l = start; l < end; l++) {
      const at = values[l] * d
      const weight = weights[l]
      for (let k = 0; k < d; k++) r[k] += weight * y[at + k]
    }
    let target = 0
    for (let k = 0; k < d; k++) target += (r[k] * r[k]) / diagonal[k]
    target *= TOLERANCE

    multiply(rated, y, d, start, end, diagonal, x, ap)
    let rho = 0
    for (let k = 0; k < d; k++) {
      r[k] -= ap[k]
      p[k] = r[k] / diagonal[k]
      rho += r[k] * p[k]
    }
    for (let step = 0; rho > target && step < MOST_STEPS; step++) {
      multiply(rated, y, d, start, end, diagonal, p, ap)
      let curvature = 0
      for (let k = 0; k < d; k++) curvature += p[k] * ap[k]
      const alpha = rho / curvature
      let next = 0
      for (let k = 0; k < d; k++) {
        x[k] += alpha * p[k]
        r[k] -= alpha * ap[k]
        next += (r[k] * r[k]) / diagonal[k]
      }
      const beta = next / rho
      for (let k = 0; k < d; k++) p[k] = r[k] / diagonal[k] + beta * p[k]
      rho = next
    }

    for (let l = start; l < end; l++) errors += weights[l] * (dot(y, values[l] * d, x, d) - 1) ** 2
  }
  side.errors[chunk] = errors
}

/** out = Σ wᵢyᵢ(yᵢ·v) + Mv, over the ratings from `start` to `end` */
function multiply(
  { values, weights }: WeightedRows,
  y: Float64Array,
  d: number,
  start: number,
  end: number,
  diagonal: Float64Array,
  v: Float64Array,
  out: Float64Array
): void {
  for (let k = 0; k < d; k++) out[k] = diagonal[k] * v[k]
  let l = start
  // Two ratings at a time read and write `out` half as often, and add in the same order as one by one.
  for (; l + 1 < end; l += 2) {
    const at = values[l] * d
    const next = values[l + 1] * d
    const weight = weights[l] * dot(y, at, v, d)
    const nextWeight = weights[l + 1] * dot(y, next, v, d)
    for (let k = 0; k < d; k++) out[k] = out[k] + weight * y[at + k] + nextWeight * y[next + k]
  }
  if (l < end) {
    const at = values[l] * d
    const weight = weights[l] * dot(y, at, v, d)
    for (let k = 0; k < d; k++) out[k] += weight * y[at + k]
  }
}

/** y[at …]·v; four sums at once, since one alone waits for its own last addition. */
function dot(y: Float64Array, at: number, v: Float64Array, d: number): number {
  let a = 0
  let b = 0
  let c = 0
  let e = 0
  let k = 0
  for (; k + 3 < d; k += 4) {
    a += y[at + k] * v[k]
    b += y[at + k + 1] * v[k + 1]
    c += y[at + k + 2] * v[k + 2]
    e += y[at + k + 3] * v[k + 3]
  }
  for (; k < d; k++) a += y[at + k] * v[k]
  return a + b + (c + e)
}

const TOLERANCE = 1e-12
const MOST_STEPS = 500
