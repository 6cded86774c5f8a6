import type { WeightedHistory } from './history.js'
import { inParts } from './parts.js'
import { MOST_ENTRIES } from './scoring/batching.js'
import type { CandidateScorer } from './scoring/candidates.js'

/** How much one entry of a history had to do with a score, in the units of the score. */
export interface Share {
  row: number
  share: number
}

/** Why an item has its score: the entries that weighed most, for it and against it. */
export interface Reasons {
  because: Share[]
  against: Share[]
  /** of a sum: the shares of all entries; what is left of the score is popularity */
  total?: number
}

/** A sum: the shares of all entries, and of popularity, add up to the score. Leave-one-out: the score less the score without the entry. */
export type Method = 'sum' | 'leave-one-out'

const MOST = 3

/**
 * Reasons for each of some rows, found in runs one after another.
 *
 * @param linear whether a score is a sum over the entries of the history
 */
export async function explain(scorer: CandidateScorer, linear: boolean, history: WeightedHistory, rows: Int32Array): Promise<Reasons[]> {
  if (history.rows.length === 0) return Array.from(rows, () => ({ because: [], against: [], ...(linear && { total: 0 }) }))
  return (linear ? await bySum(scorer, history, rows) : undefined) ?? leaveOneOut(scorer, history, rows)
}

/** Undefined where the graph does not tell. */
async function bySum(
  scorer: CandidateScorer,
  { rows: history, weights }: WeightedHistory,
  rows: Int32Array
): Promise<Reasons[] | undefined> {
  const all: Reasons[] = []
  for (const part of inParts(rows, history.length)) {
    const { contributions } = await scorer.scoreCandidates({ histories: [{ history, weights }], rows: part })
    if (!contributions) return undefined
    const [shares] = contributions
    for (let at = 0; at < part.length; at++) {
      const strongest = new Strongest()
      for (let entry = 0; entry < history.length; entry++) strongest.add(history[entry], shares[entry * part.length + at])
      all.push({ ...strongest.reasons, total: strongest.total })
    }
  }
  return all
}

async function leaveOneOut(scorer: CandidateScorer, { rows: history, weights }: WeightedHistory, rows: Int32Array): Promise<Reasons[]> {
  const {
    scores: [scores]
  } = await scorer.scoreCandidates({ histories: [{ history, weights }], rows })
  const all = Array.from(rows, () => new Strongest())
  const together = Math.max(1, Math.floor(MOST_ENTRIES / history.length))
  for (let from = 0; from < history.length; from += together) {
    const left = Array.from(history.subarray(from, from + together), (_, i) => ({
      history: history.filter((_, entry) => entry !== from + i),
      weights: weights.filter((_, entry) => entry !== from + i)
    }))
    const { scores: without } = await scorer.scoreCandidates({ histories: left, rows })
    for (const [i, own] of without.entries())
      for (let at = 0; at < rows.length; at++) all[at].add(history[from + i], Math.fround(scores[at] - own[at]))
  }
  return all.map(({ reasons }) => reasons)
}

/** Keeps up to three shares above zero and three below it, the strongest first. */
class Strongest {
  readonly reasons: Reasons = { because: [], against: [] }
  total = 0

  add(row: number, share: number): void {
    this.total += share
    const { because, against } = this.reasons
    if (share > 0) insert(because, row, share)
    else if (share < 0) insert(against, row, share)
  }
}

function insert(shares: Share[], row: number, share: number): void {
  const strength = Math.abs(share)
  if (shares.length === MOST && strength <= Math.abs(shares[MOST - 1].share)) return
  const before = shares.findIndex(other => Math.abs(other.share) < strength)
  shares.splice(before === -1 ? shares.length : before, 0, { row, share })
  if (shares.length > MOST) shares.pop()
}
