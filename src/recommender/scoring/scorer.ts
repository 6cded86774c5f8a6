import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SIMILAR_GRAPH } from '../model/files.js'
import { bucketByLength, merge, pack } from './batching.js'
import { type Candidates, type CandidateScores, openCandidateScorer, scoreByRanking } from './candidates.js'
import { type Graph, openGraph } from './graph.js'
import { checkItems } from './probe.js'
import type { Queries, Rankings } from './query.js'

/** The graphs of a model folder that are open: queries in, rankings out, on whatever thread. */
export interface Scorer {
  /** whether the graph asks how much each entry of a history counts */
  takesWeights: boolean
  /** Answers the queries together. There must be at least one: ONNX Runtime crashes on an empty batch. */
  score(queries: Queries): Promise<Rankings>
  /** The same, by the matrix that is made for likeness, if the folder has one. */
  scoreByLikeness(queries: Queries): Promise<Rankings>
  scoreCandidates(candidates: Candidates): Promise<CandidateScores>
  /** Closes the graphs. Nothing may be scored at that time. */
  close(): Promise<void>
}

/** @param onFailure is called when the scorer dies later */
export type OpenScorer = (dir: string, items: number, threads: number, onFailure: (error: Error) => void) => Promise<Scorer>

/**
 * Opens the graphs of a model folder on this thread, which it blocks while it scores.
 *
 * @throws Error when a graph does not fit the contract, or ranks more or fewer than `items` items
 */
export const openScorer: OpenScorer = async (dir, items, threads) => {
  const open: { close(): Promise<void> }[] = []
  const opened = async <One extends { close(): Promise<void> } | undefined>(opening: Promise<One>): Promise<One> => {
    const one = await opening
    if (one) open.push(one)
    return one
  }
  const close = async (): Promise<void> => void (await Promise.all(open.map(one => one.close())))
  try {
    const graph = await opened(openGraph(dir, threads))
    await checkItems(graph.run, items)
    const alike = existsSync(join(dir, SIMILAR_GRAPH)) ? await opened(openGraph(dir, threads, SIMILAR_GRAPH)) : undefined
    if (alike) await checkItems(alike.run, items, SIMILAR_GRAPH)
    const candidateScorer = await opened(openCandidateScorer(dir, items, threads))
    const score = (queries: Queries): Promise<Rankings> => rank(graph, queries, items)
    return {
      takesWeights: graph.takesWeights,
      score,
      scoreByLikeness: queries => rank(alike ?? graph, queries, items),
      scoreCandidates: candidates => candidateScorer?.score(candidates) ?? scoreByRanking(score, candidates, items),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function rank(graph: Graph, queries: Queries, items: number): Promise<Rankings> {
  const runs = bucketByLength(queries)
  const outputs = await Promise.all(runs.map(indices => graph.run(pack(queries, indices, items))))
  return merge(queries, runs, outputs)
}
