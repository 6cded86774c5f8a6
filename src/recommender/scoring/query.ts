import { Arena } from './arena.js'

/** The input of the graph for one user. Rows are item rows, all of them in range. */
export interface Query {
  /** what somebody rated */
  history: Int32Array
  /** [history.length]: how much each of these counts, below zero for what they disliked */
  weights: Float32Array
  exclude: Int32Array
  /** how many to answer, at most the number of items */
  k: number
}

/** The answer to a query: item rows, best first; fewer than `k` when fewer are left. */
export interface Ranking {
  rows: Int32Array
  scores: Float32Array
}

/** Many queries in four arrays of one buffer. To send a hundred small arrays to another thread would cost more than to score them. */
export interface Queries {
  /** the histories, one after the other, then what each of them excludes */
  rows: Int32Array<ArrayBuffer>
  /** of the rows of the histories: the first of `rows` */
  weights: Float32Array<ArrayBuffer>
  /** [2 size]: where each of these lists ends */
  ends: Int32Array<ArrayBuffer>
  /** [size] */
  k: Int32Array<ArrayBuffer>
}

/** Their answers, in one buffer, too: [size, largest k]. The first `counts[i]` of a row are answers, the rest means nothing. */
export interface Rankings {
  rows: Int32Array<ArrayBuffer>
  scores: Float32Array<ArrayBuffer>
  counts: Int32Array<ArrayBuffer>
  /** [size]: how many item rows were scored for each query, if the graph tells */
  scannedRows?: Int32Array<ArrayBuffer>
  /** what the graph said of those that it cannot answer, by their places */
  failures?: ReadonlyMap<number, string>
}

export function flatten(queries: readonly Query[]): Queries {
  const size = queries.length
  let entries = 0
  let excluded = 0
  for (const { history, exclude } of queries) {
    entries += history.length
    excluded += exclude.length
  }
  const arena = new Arena(4 * (2 * entries + excluded + 3 * size))
  const [rows, weights] = [arena.int32(entries + excluded), arena.float32(entries)]
  const [ends, k] = [arena.int32(2 * size), arena.int32(size)]
  let end = 0
  for (let i = 0; i < size; i++) ends[i] = end += queries[i].history.length
  for (let i = 0; i < size; i++) ends[size + i] = end += queries[i].exclude.length
  for (let i = 0; i < size; i++) {
    const { history, exclude } = queries[i]
    rows.set(history, startOf(ends, i))
    weights.set(queries[i].weights, startOf(ends, i))
    rows.set(exclude, startOf(ends, size + i))
    k[i] = queries[i].k
  }
  return { rows, weights, ends, k }
}

/** Where a list of `Queries` begins. */
export const startOf = (ends: Int32Array, list: number): number => (list === 0 ? 0 : ends[list - 1])

/** The answer to the i-th query: a view, not a copy. @throws Error when the graph could not answer it */
export function rankingOf({ rows, scores, counts, failures }: Rankings, i: number): Ranking {
  const failure = failures?.get(i)
  if (failure !== undefined) throw new Error(failure)
  const from = (i * rows.length) / counts.length
  const to = from + counts[i]
  return { rows: rows.subarray(from, to), scores: scores.subarray(from, to) }
}
