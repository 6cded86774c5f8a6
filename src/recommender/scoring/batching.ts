import type { GraphTerms } from '../model/manifest.js'
import { Arena } from './arena.js'
import { type Queries, type Rankings, startOf } from './query.js'

/** How a history becomes a row of the graph's input: what is left of it is "no item", the number of items. */
export interface Padding extends Pick<GraphTerms, 'items' | 'pad' | 'maxHistory'> {
  /** the only width that the graph takes, if it takes no other */
  width?: number
}

/** The graph's inputs for one run: [size, l], [size, m], padded with "no item", and the largest k. */
export interface Inputs {
  size: number
  history: BigInt64Array<ArrayBuffer>
  /** as `history`, 0 at its padding */
  weights: Float32Array<ArrayBuffer>
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
    const longest = Math.max(lengthOf(ends, i), lengthOf(ends, k.length + i))
    const length = k.length < 16 ? 0 : LENGTHS.findIndex(length => longest <= length)
    const kind = k[i] > LONGEST_SHORT ? LENGTHS.length + length : length
    const group = groups.get(kind)
    if (group) group.push(i)
    else groups.set(kind, [i])
  }
  return [...groups.values()].flatMap(group => splitByEntries(group, ends))
}

/** Parts of a run whose histories hold no more than MOST_ENTRIES, padding included; a single one may be longer. */
function splitByEntries(group: number[], ends: Int32Array): number[][] {
  const parts: number[][] = [[]]
  let longest = 0
  for (const i of group) {
    const part = parts[parts.length - 1]
    longest = Math.max(longest, lengthOf(ends, i))
    if (part.length === 0 || (part.length + 1) * longest <= MOST_ENTRIES) part.push(i)
    else {
      parts.push([i])
      longest = lengthOf(ends, i)
    }
  }
  return parts
}

const LENGTHS = [128, 512, Number.POSITIVE_INFINITY]

/** The graph looks up a row for each entry of a history: of 128 columns, these are 2 MB. ONNX Runtime keeps the memory of its largest run. */
export const MOST_ENTRIES = 4096

export function pack(queries: Queries, indices: number[], padding: Padding): Inputs {
  const size = indices.length
  const excludes = indices.map(i => queries.k.length + i)
  const width = historyWidth(longestOf(queries.ends, indices), padding)
  const excludeWidth = roundedUp(longestOf(queries.ends, excludes))
  const isLeft = padding.pad === 'left'
  const arena = new Arena(size * (8 * width + 8 * excludeWidth + 4 * width))
  const [history, exclude] = [arena.bigInt64(size * width), arena.bigInt64(size * excludeWidth)]
  const weights = arena.float32(size * width)
  padRows(history, queries, indices, padding.items, isLeft)
  padRows(exclude, queries, excludes, padding.items)
  padWeights(weights, queries, indices, isLeft)
  return {
    size,
    history,
    weights,
    exclude,
    k: indices.reduce((most, i) => Math.max(most, queries.k[i]), 1)
  }
}

/**
 * The outputs of all runs as one, in the order of the queries, without the rows that score -∞: those were not left to recommend.
 * A query of no run has no answer.
 */
export function merge({ k }: Queries, runs: number[][], outputs: Outputs[]): Rankings {
  const widths = outputs.map(({ items }, run) => items.length / runs[run].length)
  const most = Math.max(0, ...widths)
  const size = k.length
  const arena = new Arena(8 * size * (most + 1))
  const merged: Rankings = { rows: arena.int32(size * most), scores: arena.float32(size * most), counts: arena.int32(size) }
  for (const [run, { items, scores, scannedRows }] of outputs.entries()) {
    if (scannedRows) merged.scannedRows ??= arena.int32(size)
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

const lengthOf = (ends: Int32Array, list: number): number => ends[list] - startOf(ends, list)

const longestOf = (ends: Int32Array, lists: number[]): number => lists.reduce((most, list) => Math.max(most, lengthOf(ends, list)), 1)

const roundedUp = (length: number): number => Math.ceil(length / WIDTH) * WIDTH

/** The width of an input whose longest history has this length. A longer history than may be is not cut here: the graph says what it thinks. */
export function historyWidth(length: number, { width, maxHistory = Number.POSITIVE_INFINITY }: Padding): number {
  return Math.max(length, width ?? Math.min(roundedUp(length), maxHistory))
}

function padRows(padded: BigInt64Array, { rows, ends }: Queries, lists: number[], noItem: number, isLeft = false): void {
  const width = padded.length / lists.length
  padded.fill(BigInt(noItem))
  // Writes the low halves of little-endian 64-bit integers. Rows are never negative, so the high halves stay zero.
  const low = new Int32Array(padded.buffer, padded.byteOffset, 2 * padded.length)
  for (let at = 0; at < lists.length; at++) {
    const end = ends[lists[at]]
    const start = startOf(ends, lists[at])
    const first = at * width + (isLeft ? width - (end - start) : 0)
    for (let from = start, to = 2 * first; from < end; from++, to += 2) low[to] = rows[from]
  }
}

function padWeights(padded: Float32Array, { weights, ends }: Queries, lists: number[], isLeft: boolean): void {
  const width = padded.length / lists.length
  for (let at = 0; at < lists.length; at++) {
    const own = weights.subarray(startOf(ends, lists[at]), ends[lists[at]])
    padded.set(own, at * width + (isLeft ? width - own.length : 0))
  }
}
