import type { WeightedHistory } from './history.js'
import type { Scorer } from './scoring/scorer.js'

/** How much one entry of a history had to do with a score, in the units of the score. */
export interface Share {
  row: number
  share: number
}

/** Why an item has its score: the entries that weighed most, for it and against it. */
export interface Reasons {
  because: Share[]
  against: Share[]
  /** of a sum: what popularity adds to the score */
  popularity?: number
}

/** A sum: the shares of all entries, and of popularity, add up to the score. Leave-one-out: the score less the score without the entry. */
export type Method = 'sum' | 'leave-one-out'

const MOST = 3

/**
 * Reasons for each of some rows.
 *
 * @param linear whether a score is a sum over the entries of the history
 */
export async function explain(
  scorer: Scorer,
  linear: boolean,
  { rows: history, weights }: WeightedHistory,
  rows: Int32Array
): Promise<{ method: Method; reasons: Reasons[] }> {
  if (rows.length === 0 || history.length === 0)
    return { method: linear ? 'sum' : 'leave-one-out', reasons: Array.from(rows, () => ({ because: [], against: [] })) }
  const { method, scores, shares } = await sharesOf(scorer, linear, { rows: history, weights }, rows)
  const most = (at: number, sign: 1 | -1): Share[] =>
    greatest(shares[at], sign).map(entry => ({ row: history[entry], share: shares[at][entry] }))
  const rest = (at: number): number => shares[at].reduce((left, share) => left - share, scores[at])
  const reasonsFor = (at: number): Reasons => ({
    because: most(at, 1),
    against: most(at, -1),
    ...(method === 'sum' && { popularity: rest(at) })
  })
  return { method, reasons: Array.from(rows, (_, at) => reasonsFor(at)) }
}

/** The places of up to three values that are farthest above zero, or below it, the farthest first. */
function greatest(values: Float32Array, sign: 1 | -1): number[] {
  const found: number[] = []
  let least = 0
  for (let place = 0; place < values.length; place++) {
    const value = sign * values[place]
    if (!(value > least)) continue
    const before = found.findIndex(other => sign * values[other] < value)
    found.splice(before === -1 ? found.length : before, 0, place)
    if (found.length > MOST) found.pop()
    if (found.length === MOST) least = sign * values[found[MOST - 1]]
  }
  return found
}

/** For each of the rows its score, and the share of each entry of the history. */
async function sharesOf(
  scorer: Scorer,
  linear: boolean,
  { rows: history, weights }: WeightedHistory,
  rows: Int32Array
): Promise<{ method: Method; scores: Float32Array; shares: Float32Array[] }> {
  const {
    scores: [scores],
    contributions
  } = await scorer.scoreCandidates({ histories: [{ history, weights }], rows })
  const columns = (share: (entry: number, at: number) => number): Float32Array[] =>
    Array.from(rows, (_, at) => {
      const column = new Float32Array(history.length)
      for (let entry = 0; entry < column.length; entry++) column[entry] = share(entry, at)
      return column
    })
  if (linear && contributions) return { method: 'sum', scores, shares: columns((entry, at) => contributions[0][entry * rows.length + at]) }
  const without: Float32Array[] = []
  for (let from = 0; from < history.length; from += TOGETHER) {
    const left = Array.from(history.subarray(from, from + TOGETHER), (_, i) => ({
      history: history.filter((_, entry) => entry !== from + i),
      weights: weights.filter((_, entry) => entry !== from + i)
    }))
    without.push(...(await scorer.scoreCandidates({ histories: left, rows })).scores)
  }
  return { method: 'leave-one-out', scores, shares: columns((entry, at) => scores[at] - without[entry][at]) }
}

/** How many histories are scored in one run. */
const TOGETHER = 64
