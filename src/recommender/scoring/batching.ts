import type { Queries, Rankings } from './query.js'

/** The graph's inputs for one run: [size, l], [size, m], padded with "no item", and the largest k. */
export interface Inputs {
  size: number
  history: BigInt64Array<ArrayBuffer>
  exclude: BigInt64Array<ArrayBuffer>
  k: number
}

/** The graph's outputs, [size, k]; `scannedRows` [size] if it tells. */
export interface Outputs {
  items: Int32Array
  scores: Float32Array
  scannedRows?: Int32Array
}

/**
 * Histories are padded to a multiple of this. ONNX Runtime adds rows in groups of its vector width. With any other
 * padding, the last bits of a score would depend on the other histories in the batch.
 */
const WIDTH = 16

/** A list of up to this many movies is short: the graph has a cheaper way to find it. */
export const LONGEST_SHORT = 128

/**
 * The queries, by index, that are better scored in one run. A run is padded to its longest history and ranks as many items
 * as its longest list, so one heavy viewer, or one request for hundreds of movies, would slow everybody down. On MovieLens
 * this saves a third of a batch of 64, and more of the slowest ones. In a small batch a long history is not worth a second run.
 */
export function bucketByLength({ ends, k }: Queries): number[][] {
  const groups = new Map<number, number[]>()
  for (let i = 0; i < k.length; i++) {
    const longest = Math.max(ends[2 * i] - startOf(ends, 2 * i), ends[2 * i + 1] - ends[2 * i])
    const length = k.length < 16 ? 0 : LENGTHS.findIndex(length => longest <= length)
    const kind = k[i] > LONGEST_SHORT ? LENGTHS.length + length : length
    const group = groups.get(kind)
    if (group) group.push(i)
    else groups.set(kind, [i])
  }
  return [...groups.values()]
}

const LENGTHS = [128, 512, Number.POSITIVE_INFINITY]

/** @param noItem the row that stands for "no item": the number of items */
export function pack(queries: Queries, indices: number[], noItem: number): Inputs {
  return {
    size: indices.length,
    history: padded(queries, indices, 0, noItem),
    exclude: padded(queries, indices, 1, noItem),
    k: indices.reduce((most, i) => Math.max(most, queries.k[i]), 1)
  }
}

/** The outputs of all runs as one, in the order of the queries, without the rows that score -∞: those were not left to recommend. */
export function merge({ k }: Queries, runs: number[][], outputs: Outputs[]): Rankings {
  const widths = outputs.map(({ items }, run) => items.length / runs[run].length)
  const most = Math.max(...widths)
  const merged: Rankings = {
    rows: new Int32Array(k.length * most),
    scores: new Float32Array(k.length * most),
    counts: new Int32Array(k.length)
  }
  for (const [run, { items, scores, scannedRows }] of outputs.entries()) {
    if (scannedRows) merged.scannedRows ??= new Int32Array(k.length)
    const width = widths[run]
    for (const [at, i] of runs[run].entries()) {
      const from = at * width
      let end = from + Math.min(k[i], width)
      while (end > from && scores[end - 1] === -Infinity) end--
      merged.rows.set(items.subarray(from, end), i * most)
      merged.scores.set(scores.subarray(from, end), i * most)
      merged.counts[i] = end - from
      if (scannedRows && merged.scannedRows) merged.scannedRows[i] = scannedRows[at]
    }
  }
  return merged
}

const startOf = (ends: Int32Array, list: number): number => (list === 0 ? 0 : ends[list - 1])

/** @param which of the two lists of a query: 0 is its history, 1 what is excluded */
function padded({ rows, ends }: Queries, indices: number[], which: 0 | 1, noItem: number): BigInt64Array<ArrayBuffer> {
  const longest = indices.reduce((most, i) => Math.max(most, ends[2 * i + which] - startOf(ends, 2 * i + which)), 1)
  const width = Math.ceil(longest / WIDTH) * WIDTH
  const values = new BigInt64Array(indices.length * width).fill(BigInt(noItem))
  // Writes the low halves of little-endian 64-bit integers. Rows are never negative, so the high halves stay zero.
  const low = new Int32Array(values.buffer)
  for (let at = 0; at < indices.length; at++) {
    const list = 2 * indices[at] + which
    const end = ends[list]
    for (let from = startOf(ends, list), to = 2 * at * width; from < end; from++, to += 2) low[to] = rows[from]
  }
  return values
}
