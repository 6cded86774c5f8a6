/** Compressed sparse rows: row `r` holds `values[offsets[r]] … values[offsets[r + 1] - 1]`. */
export interface Rows {
  offsets: Int32Array
  values: Int32Array
}

/** A sparse matrix: `values` are columns, and each entry has a weight. */
export interface WeightedRows extends Rows {
  weights: Float32Array
}

/** Groups the entries `index` by their row (one entry of `row` each), in the order given; shared between threads. */
export function group(rows: number, row: ArrayLike<number>, value: ArrayLike<number>, index: ArrayLike<number>): Rows {
  const offsets = sharedIntegers(rows + 1)
  for (let i = 0; i < index.length; i++) offsets[row[index[i]] + 1]++
  for (let r = 0; r < rows; r++) offsets[r + 1] += offsets[r]
  const next = offsets.slice(0, rows)
  const values = sharedIntegers(index.length)
  for (let i = 0; i < index.length; i++) values[next[row[index[i]]]++] = value[index[i]]
  return { offsets, values }
}

/** The same matrix by columns: rows and columns change places. Each new row is in the order of the old ones. */
export function transpose({ offsets, values, weights }: WeightedRows, columns: number): WeightedRows {
  const turned = { offsets: sharedIntegers(columns + 1), values: sharedIntegers(values.length), weights: sharedWeights(values.length) }
  for (const column of values) turned.offsets[column + 1]++
  for (let c = 0; c < columns; c++) turned.offsets[c + 1] += turned.offsets[c]
  const next = turned.offsets.slice(0, columns)
  for (let row = 0; row < offsets.length - 1; row++) {
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      const to = next[values[at]]++
      turned.values[to] = row
      turned.weights[to] = weights[at]
    }
  }
  return turned
}

/** The values of one row: a view, not a copy. */
export function rowOf({ offsets, values }: Rows, row: number): Int32Array {
  return values.subarray(offsets[row], offsets[row + 1])
}

/** How many values each row has. */
export function counts({ offsets }: Rows): Int32Array {
  return offsets.slice(1).map((end, row) => end - offsets[row])
}

export const sharedWeights = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length))

const sharedIntegers = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length))
