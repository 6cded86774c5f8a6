import { Agent } from 'node:http'
import { fadeOf } from '../../../models/train/export/fade.js'
import { weighted } from '../../../src/recommender/history.js'
import { EMPTY_HISTORY } from '../../../src/recommender/model/histories.js'
import { fullScores, type Reference, userVector } from '../catalogues/reference.js'
import { get } from '../subjects/process.js'
import { percentile } from './statistics.js'

export interface Exactness {
  users: number
  /** what was wrong, a sentence each; none is what is expected */
  wrong: string[]
  /** how many rows of the norm order could hold a user's first ten, by the Cauchy-Schwarz bound: what an early stop must score */
  rowsNeeded: { median: number; p90: number }
}

/** A short list, of which the needed rows are counted, and the longest that the service gives. */
const N = 10
const LISTS = [N, 500]

/** Asks a running service for both lists of these users, many at a time, and compares with a plain full product. */
export async function compareWithFullProduct(
  model: Reference,
  userIds: readonly string[],
  port: number,
  onUsers: (done: number) => void = () => {}
): Promise<Exactness> {
  const answers = await Promise.all(LISTS.map(n => answersOf(n)))
  const norms = normsOf(model)
  const falling = Float64Array.from(norms).sort().reverse()
  const largest = falling[0]
  const wrong: string[] = []
  const needed: number[] = []
  for (let from = 0; from < userIds.length; from += 4) {
    const four = userIds.slice(from, from + 4)
    const histories = four.map(userId => model.histories.of(userId) ?? EMPTY_HISTORY)
    const taken = histories.map(history => weighted(history, model.scale))
    const vectors = taken.map(history => userVector(model, history))
    const fades = taken.map(({ weights }) => fadeOf(model.rate, weights))
    for (const [i, scores] of fullScores(model, vectors, fades).entries()) {
      for (const row of histories[i].rows) scores[row] = -Infinity
      const length = Math.hypot(...vectors[i])
      // Single precision adds up d products with an error of this size.
      const slack = 1e-5 * length * largest + 1e-12
      for (const [list, n] of LISTS.entries()) {
        const what = whatIsWrong(answers[list][from + i], scores, n, slack)
        if (what) wrong.push(`user ${four[i]}, n = ${n}: ${what}`)
      }
      needed.push(rowsAbove(falling, best(scores, N)[N - 1] / length))
    }
    onUsers(Math.min(from + 4, userIds.length))
  }
  return { users: userIds.length, wrong, rowsNeeded: { median: percentile(needed, 0.5), p90: percentile(needed, 0.9) } }

  async function answersOf(n: number): Promise<number[][]> {
    const rowOf = new Map(model.movieIds.map((id, row) => [id, row]))
    const agent = new Agent({ keepAlive: true, maxSockets: 64 })
    const answers = await Promise.all(userIds.map(userId => get(port, `/recommend/${userId}?n=${n}`, { agent })))
    agent.destroy()
    return answers.map(({ status, body }) => {
      if (status !== 200) throw new Error(`expected 200, found ${status}: ${body}`)
      return body === '' ? [] : body.split(',').map(id => rowOf.get(id) ?? -1)
    })
  }
}

/**
 * Judges a list by every item's score, -Infinity for what may not be answered. Ties may come in any order: what counts
 * is that the item of each rank has the score that belongs there.
 *
 * @param slack how far two scores may lie apart and still be the same
 */
export function whatIsWrong(rows: readonly number[], scores: Float64Array, n: number, slack: number): string | undefined {
  const expected = best(scores, n)
  if (rows.length !== expected.length) return `expected ${expected.length} items, found ${rows.length}`
  if (new Set(rows).size !== rows.length) return 'the same item comes twice'
  for (const [rank, row] of rows.entries()) {
    const score = scores[row] ?? Number.NaN
    if (!(Math.abs(score - expected[rank]) <= slack))
      return `rank ${rank + 1}: expected a score of ${expected[rank]}, found row ${row} of ${score}`
  }
  return undefined
}

/** The n largest finite scores, falling. */
export function best(scores: Float64Array, n: number): number[] {
  const best: number[] = []
  for (const score of scores) {
    if (score === -Infinity || (best.length === n && score <= best[n - 1])) continue
    const at = best.findIndex(other => other < score)
    best.splice(at === -1 ? best.length : at, 0, score)
    if (best.length > n) best.pop()
  }
  return best
}

export function normsOf({ dimensions: d, factors }: Pick<Reference, 'dimensions' | 'factors'>): Float64Array {
  return Float64Array.from({ length: factors.length / d }, (_, row) => {
    let square = 0
    for (let at = row * d; at < (row + 1) * d; at++) square += factors[at] * factors[at]
    return Math.sqrt(square)
  })
}

/** How many of the falling norms are above a bound. */
function rowsAbove(falling: Float64Array, bound: number): number {
  const at = falling.findIndex(norm => norm <= bound)
  return at === -1 ? falling.length : at
}
