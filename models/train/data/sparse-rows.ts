/** Compressed sparse rows: row `r` holds `values[offsets[r]] … values[offsets[r + 1] - 1]`. */
export interface Rows {
  offsets: Int32Array
  values: Int32Array
}

/** Groups the entries `index` by their row (one entry of `row` each), in the order given; shared between threads. */
export function group(rows: number, row: ArrayLike<number>, value: ArrayLike<number>, index: ArrayLike<number>): Rows {
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (rows + 1)))
  for (let i = 0; i < index.length; i++) offsets[row[index[i]] + 1]++
  for (let r = 0; r < rows; r++) offsets[r + 1] += offsets[r]
  const next = offsets.slice(0, rows)
  const values = new Int32Array(new SharedArrayBuffer(4 * index.length))
  for (let i = 0; i < index.length; i++) values[next[row[index[i]]]++] = value[index[i]]
  return { offsets, values }
}

/** The values of one row: a view, not a copy. */
export function rowOf({ offsets, values }: Rows, row: number): Int32Array {
  return values.subarray(offsets[row], offsets[row + 1])
}

/** How many values each row has. */
export function counts({ offsets }: Rows): Int32Array {
  return offsets.slice(1).map((end, row) => end - offsets[row])
}
