import { normsOf } from './blocks.js'
import type { Factors } from './fit.js'
import { type Rows, rowOf } from './rows.js'

/** How the rows of a model lie in its folder. */
export interface Layout {
  /** entry r is the item, by its number in the ratings, that is row r */
  order: Int32Array
  /** where the blocks of the graph end, as in blocks.ts; none where early stopping does not pay */
  ends: number[]
}

/** Below this one product with all rows is about as fast as stopping early. */
const LARGE = 5_000
/** How many users are tried, and how many items each is to find. */
const SAMPLE = 200
const K = 10
/** The first block is a multiple of this. */
const STEP = 1024
/** A first block of a larger share of the catalogue saves less than its `If` costs. */
const LARGEST_SHARE = 1 / 3

/**
 * Lays a large catalogue out for early stopping: rows by falling reach, which is |y|, and a first block with which nine
 * in ten users are done; each further one doubles the number of rows. This is tried on users of the training, whose
 * likes are excluded. When the first block would be too large a share of the catalogue, the order stays as it is and
 * everything is scored: unit vectors, for one, have nothing to stop at.
 *
 * @param likes who likes what
 */
export function layoutOf(factors: Factors, likes: Rows, large = LARGE): Layout {
  const { items, dimensions } = factors
  const plain = { order: Int32Array.from({ length: items }, (_, item) => item), ends: [] }
  if (items < large) return plain

  const norms = normsOf(factors.factors, dimensions)
  const order = plain.order.toSorted((a, b) => norms[b] - norms[a] || a - b)
  const reordered = inOrder(factors, order)
  const rank = inverseOf(order)
  const sizes = Array.from({ length: Math.floor((items * LARGEST_SHARE) / STEP) }, (_, i) => (i + 1) * STEP)
  const needs = sampleOf(likes, SAMPLE).map(user =>
    firstEnough(
      reordered,
      Int32Array.from(rowOf(likes, user), item => rank[item]),
      sizes
    )
  )
  const first = needs.sort((a, b) => a - b)[Math.ceil(0.9 * needs.length) - 1]
  return Number.isFinite(first) ? { order, ends: [...doubling(first, items - 1), items] } : plain
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

/** Users who like something, evenly spread over all. */
function sampleOf({ offsets }: Rows, count: number): number[] {
  const users = [...offsets.keys()].filter(user => offsets[user + 1] > offsets[user])
  return Array.from(
    { length: Math.min(count, users.length) },
    (_, i) => users[Math.floor((i * users.length) / Math.min(count, users.length))]
  )
}

/** The first of the sizes with which the K best of the rows are the K best of all; Infinity when none is enough. */
function firstEnough({ dimensions: d, factors, foldIn }: Factors, likes: Int32Array, sizes: number[]): number {
  const user = new Float64Array(d)
  for (let a = 0; a < d; a++) {
    let sum = 0
    for (const row of likes) sum += factors[row * d + a]
    for (let b = 0; b < d; b++) user[b] += sum * foldIn[a * d + b]
  }
  const score = (row: number): number => {
    let sum = 0
    for (let a = 0; a < d; a++) sum += user[a] * factors[row * d + a]
    return sum
  }
  const norm = (vector: ArrayLike<number>): number => Math.hypot(...Array.from(vector))

  const liked = new Set(likes)
  const best = new Float64Array(K).fill(-Infinity)
  let row = 0
  for (const size of sizes) {
    for (; row < size; row++) {
      if (liked.has(row)) continue
      const found = score(row)
      if (found > best[0]) best.fill(found, 0, 1).sort()
    }
    if (best[0] > norm(user) * norm(factors.subarray(size * d, (size + 1) * d))) return size
  }
  return Number.POSITIVE_INFINITY
}
