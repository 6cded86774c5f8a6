/** The value below which a share `p` of the values lies: of the sorted values, the first that has that share at or below it. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))]
}

/** The middle one, or the mean of the middle two. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** The median of per-round ratios: what disturbed a round disturbed both sides of it. */
export function medianRatio(values: readonly number[], control: readonly number[]): number {
  if (values.length !== control.length) throw new Error(`expected as many rounds of both, found ${values.length} and ${control.length}`)
  return median(values.map((value, round) => value / control[round]))
}

/** The same field of every round, and the median of each. */
export function medians<Row extends Record<string, number>>(rows: readonly Row[]): Row {
  const names = Object.keys(rows[0]) as (keyof Row)[]
  return Object.fromEntries(names.map(name => [name, median(rows.map(row => row[name]))])) as Row
}
