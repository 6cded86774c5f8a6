import type { CandidateScorer } from './scoring/candidates.js'

/** How alike two of some rows are, by their places, from -1 or 0 to 1. */
export type Likeness = (a: number, b: number) => number

/** @param rows at least one */
export async function likenessOf(scorer: CandidateScorer, rows: Int32Array): Promise<Likeness> {
  const alone = Array.from(rows, row => ({ history: Int32Array.of(row), weights: Float32Array.of(1) }))
  const { likeness } = await scorer.scoreCandidates({ histories: alone.slice(0, 1), rows })
  if (likeness) return (a, b) => likeness[a * rows.length + b]
  // A graph that does not tell is asked what it recommends for each of the rows alone.
  const { scores } = await scorer.scoreCandidates({ histories: alone, rows })
  const lowest = scores.map(own => Math.min(...own))
  const spans = scores.map((own, i) => Math.max(...own) - lowest[i] || 1)
  return (a, b) => (scores[a][b] - lowest[a]) / spans[a]
}
