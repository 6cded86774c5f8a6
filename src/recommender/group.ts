import type { WeightedHistory } from './history.js'
import { inParts } from './parts.js'
import type { Ranking } from './scoring/query.js'
import type { CandidateScorer } from './scoring/candidates.js'
import { FIRST, reordered } from './variety.js'

/**
 * The histories of several people, scaled so that each person weighs the same, however much they have rated: as much as all of them do
 * on average. Someone of whom nothing is known weighs nothing.
 */
export function balanced(histories: readonly WeightedHistory[]): WeightedHistory[] {
  const sizes = histories.map(({ weights }) => weights.reduce((sum, weight) => sum + Math.abs(weight), 0))
  const known = sizes.filter(size => size > 0)
  const average = known.reduce((sum, size) => sum + size, 0) / known.length
  return histories.map(({ rows, weights }, i) => ({ rows, weights: weights.map(weight => (weight * average) / sizes[i]) }))
}

/** Their union: what several of them rated has the sum of its weights. By rising row, so that the order of people changes nothing. */
export function union(histories: readonly WeightedHistory[]): Map<number, number> {
  const all = new Map<number, number>()
  for (const { rows, weights } of histories)
    for (let at = 0; at < rows.length; at++) all.set(rows[at], (all.get(rows[at]) ?? 0) + weights[at])
  return all
}

/**
 * The first hundred by the happiness of the least happy person ("least misery"). A person's happiness with an item is the
 * place of its score between the lowest and the highest that they give to any of the hundred, so that nobody shouts louder.
 */
export async function leastMisery(ranking: Ranking, histories: readonly WeightedHistory[], scorer: CandidateScorer): Promise<Ranking> {
  const rows = ranking.rows.slice(0, FIRST)
  const known = histories.filter(({ rows }) => rows.length > 0).map(({ rows: history, weights }) => ({ history, weights }))
  if (known.length === 0) return ranking
  const happiness: number[][] = []
  for (const person of known) {
    const own: number[] = []
    for (const part of inParts(rows, person.history.length)) {
      const { scores } = await scorer.scoreCandidates({ histories: [person], rows: part })
      own.push(...scores[0])
    }
    const [low, high] = [Math.min(...own), Math.max(...own)]
    happiness.push(own.map(score => (high > low ? (score - low) / (high - low) : 1)))
  }
  const least = (rank: number): number => Math.min(...happiness.map(own => own[rank]))
  return reordered(ranking, ranks => ranks.sort((a, b) => least(b) - least(a)))
}
