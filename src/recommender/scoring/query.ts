/** The input of the graph for one user. Rows are item rows, all of them in range. */
export interface Query {
  history: Int32Array
  exclude: Int32Array
  /** how many to answer, at most the number of items */
  k: number
}

/** The answer to a query: item rows, best first; fewer than `k` when fewer are left. */
export interface Ranking {
  rows: Int32Array
  scores: Float32Array
}

/** Many queries in three arrays. To send a hundred small arrays to another thread would cost more than to score them. */
export interface Queries {
  /** history of the first, exclude of the first, history of the second, and so on */
  rows: Int32Array<ArrayBuffer>
  /** [2 size]: where each of these lists ends */
  ends: Int32Array<ArrayBuffer>
  /** [size] */
  k: Int32Array<ArrayBuffer>
}

/** Their answers: [size, largest k]. The first `counts[i]` of a row are answers, the rest means nothing. */
export interface Rankings {
  rows: Int32Array<ArrayBuffer>
  scores: Float32Array<ArrayBuffer>
  counts: Int32Array<ArrayBuffer>
  /** [size]: how many item rows were scored for each query, if the graph tells */
  scannedRows?: Int32Array<ArrayBuffer>
}

export function flatten(queries: readonly Query[]): Queries {
  let length = 0
  for (const { history, exclude } of queries) length += history.length + exclude.length

  const flat = { rows: new Int32Array(length), ends: new Int32Array(2 * queries.length), k: new Int32Array(queries.length) }
  let end = 0
  for (let i = 0; i < queries.length; i++) {
    const { history, exclude, k } = queries[i]
    flat.rows.set(history, end)
    flat.ends[2 * i] = end += history.length
    flat.rows.set(exclude, end)
    flat.ends[2 * i + 1] = end += exclude.length
    flat.k[i] = k
  }
  return flat
}

/** The answer to the i-th query: a view, not a copy. */
export function rankingOf({ rows, scores, counts }: Rankings, i: number): Ranking {
  const from = (i * rows.length) / counts.length
  const to = from + counts[i]
  return { rows: rows.subarray(from, to), scores: scores.subarray(from, to) }
}
