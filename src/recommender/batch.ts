/** What is asked of the graph for one user. Rows are item rows, all of them within range. */
export interface Query {
  history: Int32Array
  exclude: Int32Array
  /** how many to answer, at most the number of items */
  k: number
}

/** The answer to a query: item rows, best first, and no more than are left to recommend. */
export interface Ranking {
  rows: Int32Array
  scores: Float32Array
}

/** Many queries as the graph's inputs: [size, l], [size, m], padded with "no item", and the largest k. */
export interface Batch {
  size: number
  history: BigInt64Array<ArrayBuffer>
  exclude: BigInt64Array<ArrayBuffer>
  k: number
}

/** The graph's outputs, [size, k]. */
export interface BatchRanking {
  items: Int32Array
  scores: Float32Array
  /** [size]: how many rows were scored for each query, where the graph tells */
  scored?: Int32Array
}

/**
 * Histories are padded to a multiple of this. ONNX Runtime sums rows in groups of its vector width, so a width of its
 * own for every length would make the last bits of a score depend on who else is in the batch.
 */
const WIDTH = 16

/**
 * The indices of queries that are better scored in one run: a run is padded to its longest list, so one heavy viewer
 * would make everybody pay. On MovieLens this saves a third of a batch of 64, and more of the slowest ones; a small
 * batch is not worth a second run.
 */
export function byLength(queries: Query[]): number[][] {
  if (queries.length < 16) return [[...queries.keys()]]
  const groups = LENGTHS.map((): number[] => [])
  for (const [i, { history, exclude }] of queries.entries()) {
    const longest = Math.max(history.length, exclude.length)
    groups[LENGTHS.findIndex(length => longest <= length)].push(i)
  }
  return groups.filter(group => group.length > 0)
}

const LENGTHS = [128, 512, Number.POSITIVE_INFINITY]

/** @param noItem the row that stands for "no item": the number of items */
export function pack(queries: Query[], noItem: number): Batch {
  return {
    size: queries.length,
    history: padded(queries, 'history', noItem),
    exclude: padded(queries, 'exclude', noItem),
    k: queries.reduce((most, { k }) => Math.max(most, k), 1)
  }
}

export function unpack({ items, scores }: BatchRanking, queries: Query[]): Ranking[] {
  const width = items.length / queries.length
  return queries.map(({ k }, i) => {
    const from = i * width
    let end = from + Math.min(k, width)
    while (end > from && scores[end - 1] === -Infinity) end--
    return { rows: items.subarray(from, end), scores: scores.subarray(from, end) }
  })
}

function padded(queries: Query[], of: 'history' | 'exclude', noItem: number): BigInt64Array<ArrayBuffer> {
  const longest = queries.reduce((most, query) => Math.max(most, query[of].length), 1)
  const width = Math.ceil(longest / WIDTH) * WIDTH
  const values = new BigInt64Array(queries.length * width).fill(BigInt(noItem))
  // The low halves of little-endian 64-bit integers: rows are never negative, so the high halves are zero already.
  const low = new Int32Array(values.buffer)
  for (let i = 0; i < queries.length; i++) {
    const list = queries[i][of]
    for (let j = 0, at = 2 * i * width; j < list.length; j++, at += 2) low[at] = list[j]
  }
  return values
}
