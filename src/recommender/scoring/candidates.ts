import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SCORE_GRAPH } from '../model/files.js'
import type { GraphTerms } from '../model/manifest.js'
import { pack } from './batching.js'
import { widthOf } from './contract.js'
import { historyTensors, matrix, openSession } from './graph.js'
import { flatten, rankingOf, type Queries, type Query, type Rankings } from './query.js'

/** Given rows, to be scored for each of some histories. There must be at least one of both. */
export interface Candidates {
  histories: Pick<Query, 'history' | 'weights'>[]
  rows: Int32Array
}

export interface CandidateScores {
  /** for each history, [rows] */
  scores: Float32Array[]
  /** for each history, what each of its entries adds to each score, [entries, rows]; only graphs that add up can tell */
  contributions?: Float32Array[]
  /** how alike the rows are, 1 for the same, [rows, rows]; if the graph tells */
  likeness?: Float32Array
}

export interface CandidateScorer {
  scoreCandidates(candidates: Candidates): Promise<CandidateScores>
}

/** Opens `score.onnx`, if the folder has one. @throws Error when it does not fit its contract, or cannot score the last item */
export async function openCandidateScorer(
  dir: string,
  terms: GraphTerms,
  threads: number
): Promise<(CandidateScorer & { close(): Promise<void> }) | undefined> {
  if (!existsSync(join(dir, SCORE_GRAPH))) return undefined
  const { items, pad } = terms
  const session = await openSession(dir, SCORE_GRAPH, threads, terms.maxHistory)
  const padding = { ...terms, width: widthOf(session) }
  const takesWeights = session.inputNames.includes('weights')
  const scorer = {
    async scoreCandidates({ histories, rows }: Candidates): Promise<CandidateScores> {
      const size = histories.length
      const n = rows.length
      const queries = flatten(histories.map(history => ({ ...history, exclude: NONE, k: 1 })))
      const inputs = pack(queries, [...histories.keys()], padding)
      const candidates = new BigInt64Array(size * n)
      for (let at = 0; at < candidates.length; at++) candidates[at] = BigInt(rows[at % n])
      const outputs = await session.run({ ...historyTensors(inputs, takesWeights), candidates: matrix('int64', candidates, size) })
      const scores = outputs.scores.data as Float32Array
      const contributions = outputs.contributions?.data as Float32Array | undefined
      const width = inputs.history.length / size
      const entriesOf = (i: number, { length }: Int32Array): [number, number] => {
        const first = i * width + (pad === 'left' ? width - length : 0)
        return [first * n, (first + length) * n]
      }
      return {
        scores: histories.map((_, i) => scores.slice(i * n, (i + 1) * n)),
        contributions: contributions && histories.map(({ history }, i) => contributions.slice(...entriesOf(i, history))),
        likeness: (outputs.likeness?.data as Float32Array | undefined)?.slice(0, n * n)
      }
    },
    close: () => session.release()
  }
  const last = Int32Array.of(items - 1)
  try {
    const { scores } = await scorer.scoreCandidates({ histories: [{ history: last, weights: Float32Array.of(1) }], rows: last })
    if (!Number.isFinite(scores[0][0])) throw new Error(`it scores ${scores[0][0]}`)
    return scorer
  } catch (error) {
    await scorer.close()
    throw new Error(`${SCORE_GRAPH}: expected finite scores for rows 0 to ${items - 1}: ${(error as Error).message}`, { cause: error })
  }
}

const NONE = new Int32Array(0)

/** The same with a graph that recommends, for a folder without `score.onnx`: whatever is no candidate is excluded. */
export async function scoreByRanking(
  rank: (queries: Queries) => Promise<Rankings>,
  { histories, rows }: Candidates,
  items: number
): Promise<CandidateScores> {
  const wanted = new Set(rows)
  const exclude = Int32Array.from({ length: items }, (_, row) => row).filter(row => !wanted.has(row))
  const place = new Map(Array.from(rows, (row, at) => [row, at]))
  const rankings = await rank(flatten(histories.map(history => ({ ...history, exclude, k: rows.length }))))
  return {
    scores: histories.map((_, i) => {
      const found = rankingOf(rankings, i)
      const scores = new Float32Array(rows.length).fill(-Infinity)
      for (const [rank, row] of found.rows.entries()) scores[place.get(row) as number] = found.scores[rank]
      return scores
    })
  }
}
