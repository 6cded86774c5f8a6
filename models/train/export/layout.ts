import { MAX_N } from '../../../src/limits.js'
import type { BlockEnds } from './early-stop.js'
import { normsOf } from './bounds.js'
import type { Factors } from './factors.js'
import { type Rows, rowOf } from '../data/sparse-rows.js'

/** The order of a model's rows in its folder, and the blocks they are scored in. */
export interface RowLayout {
  /** [items]: entry r is the item, by its number in the ratings, that becomes row r */
  rowOrder: Int32Array
  /** undefined if early stopping does not pay */
  blockEnds?: BlockEnds
}

/** In a smaller catalogue one product with all rows is about as fast. */
const LARGE = 5_000
/** How many users the blocks are tried on. */
const SAMPLE = 200
/** The lengths of the short and of the long list that they ask for. */
const SHORT = 10
const LONG = MAX_N
/** The first block is a multiple of this. */
const STEP = 1024
/** With a larger share of the catalogue in the first block, the `If` costs more than it saves. */
const LARGEST_SHARE = { short: 1 / 3, long: 1 / 2 }

/**
 * Orders a large catalogue for early stopping: rows by falling norm |y|, and a first block after which nine in ten users
 * are done. Each further block doubles the number of rows. This is tried on users of the training, without their likes.
 * If the first block would be too large a share of the catalogue, the order stays as it is and all rows are scored: rows
 * of equal norm, for example, never allow a stop. The same holds for long lists alone, which need more rows.
 *
 * @param likes who likes what
 */
export function layoutOf(factors: Factors, likes: Rows, large = LARGE): RowLayout {
  const { items, dimensions } = factors
  const plain = { rowOrder: Int32Array.from({ length: items }, (_, item) => item) }
  if (items < large) return plain

  const norms = normsOf(factors.factors, dimensions)
  const rowOrder = plain.rowOrder.toSorted((a, b) => norms[b] - norms[a])
  const reordered = inOrder(factors, rowOrder)
  const rank = inverseOf(rowOrder)
  const sample = sampleOf(likes, SAMPLE).map(user => Int32Array.from(rowOf(likes, user), item => rank[item]))
  const endsFor = (k: number, largestShare: number): number[] => {
    const needs = sample.map(liked => firstEnough(reordered, liked, k, Math.floor((items * largestShare) / STEP)))
    const first = needs.sort((a, b) => a - b)[Math.ceil(0.9 * needs.length) - 1]
    return [...doubling(first, items - 1), items]
  }
  const short = endsFor(SHORT, LARGEST_SHARE.short)
  return short.length > 1 ? { rowOrder, blockEnds: { short, long: endsFor(LONG, LARGEST_SHARE.long) } } : plain
}

/** The same factors, in that order. */
export function inOrder(factors: Factors, order: Int32Array): Factors {
  const { dimensions: d } = factors
  const rows = new Float32Array(order.length * d)
  for (const [row, item] of order.entries()) rows.set(factors.factors.subarray(item * d, (item + 1) * d), row * d)
  return { ...factors, factors: rows, popularity: Float32Array.from(order, item => factors.popularity[item]) }
}

/** The row of each item. */
export function inverseOf(order: Int32Array): Int32Array {
  const rank = new Int32Array(order.length)
  for (const [row, item] of order.entries()) rank[item] = row
  return rank
}

function doubling(first: number, most: number): number[] {
  const sizes: number[] = []
  for (let size = first; size <= most; size *= 2) sizes.push(size)
  return sizes
}

/** Users who like something, evenly spread. */
function sampleOf({ offsets }: Rows, count: number): number[] {
  const users = [...offsets.keys()].filter(user => offsets[user + 1] > offsets[user])
  return Array.from(
    { length: Math.min(count, users.length) },
    (_, i) => users[Math.floor((i * users.length) / Math.min(count, users.length))]
  )
}

/** The smallest multiple of STEP, up to `most` times, whose k best rows are the k best of all; Infinity if there is none. */
function firstEnough({ dimensions: d, factors }: Factors, likes: Int32Array, k: number, most: number): number {
  const user = new Float64Array(d)
  for (const row of likes) for (let a = 0; a < d; a++) user[a] += factors[row * d + a]
  const liked = new Set(likes)
  const score = (row: number): number => {
    if (liked.has(row)) return -Infinity
    let sum = 0
    for (let a = 0; a < d; a++) sum += user[a] * factors[row * d + a]
    return sum
  }
  const norm = (vector: ArrayLike<number>): number => Math.hypot(...Array.from(vector))
  const length = norm(user)

  const scores: number[] = []
  const isEnough = (steps: number): boolean => {
    const size = steps * STEP
    while (scores.length < size) scores.push(score(scores.length))
    const best = Float64Array.from(scores.slice(0, size)).sort()
    return best[size - k] > length * norm(factors.subarray(size * d, (size + 1) * d))
  }
  // More rows than enough are enough as well: double until it is enough, then search in between.
  let enough = 1
  while (enough <= most && !isEnough(enough)) enough *= 2
  let less = enough / 2
  enough = Math.min(enough, most + 1)
  while (enough - less > 1) {
    const middle = Math.floor((less + enough) / 2)
    if (isEnough(middle)) enough = middle
    else less = middle
  }
  return enough > most ? Number.POSITIVE_INFINITY : enough * STEP
}
