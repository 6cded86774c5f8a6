import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GRAPH, SIMILAR_GRAPH } from '../model/files.js'
import type { GraphTerms } from '../model/manifest.js'
import { bucketByLength, merge, type Outputs, pack } from './batching.js'
import { type CandidateScorer, openCandidateScorer, scoreByRanking } from './candidates.js'
import { type Graph, openGraph } from './graph.js'
import { probe } from './probe.js'
import type { Queries, Rankings } from './query.js'

/** The graphs of a model folder that are open: queries in, rankings out, on whatever thread. */
export interface Scorer extends CandidateScorer {
  /** whether the graph asks how much each entry of a history counts */
  takesWeights: boolean
  /** what looks wrong about the graphs, and can be served */
  warnings: readonly string[]
  /** Answers the queries together. There must be at least one: ONNX Runtime crashes on an empty batch. */
  score(queries: Queries): Promise<Rankings>
  /** The same, by the matrix that is made for likeness, if the folder has one. */
  scoreByLikeness(queries: Queries): Promise<Rankings>
  /** Closes the graphs. Nothing may be scored at that time. */
  close(): Promise<void>
}

/** @param onFailure is called when the scorer dies later */
export type OpenScorer = (dir: string, terms: GraphTerms, threads: number, onFailure: (error: Error) => void) => Promise<Scorer>

/**
 * Opens the graphs of a model folder on this thread, which it blocks while it scores.
 *
 * @throws Error when a graph does not fit the contract, or does what it must not do
 */
export const openScorer: OpenScorer = (dir, terms, threads) => openGraphs(dir, terms, threads, probe)

/** The same for graphs that another thread has just opened and probed. */
export const openProbedScorer: OpenScorer = (dir, terms, threads) => openGraphs(dir, terms, threads, async () => [])

async function openGraphs(dir: string, terms: GraphTerms, threads: number, check: typeof probe): Promise<Scorer> {
  const { items } = terms
  const open: { close(): Promise<void> }[] = []
  const opened = async <One extends { close(): Promise<void> } | undefined>(opening: Promise<One>): Promise<One> => {
    const one = await opening
    if (one) open.push(one)
    return one
  }
  const close = async (): Promise<void> => void (await Promise.all(open.map(one => one.close())))
  try {
    const graph = await opened(openGraph(dir, terms, threads))
    const warnings = await check(graph, terms, GRAPH)
    const alike = existsSync(join(dir, SIMILAR_GRAPH)) ? await opened(openGraph(dir, terms, threads, SIMILAR_GRAPH)) : undefined
    if (alike) warnings.push(...(await check(alike, terms, SIMILAR_GRAPH)))
    const candidateScorer = await opened(openCandidateScorer(dir, terms, threads))
    const score = (queries: Queries): Promise<Rankings> => rank(graph, queries, terms)
    return {
      takesWeights: graph.takesWeights,
      warnings,
      score,
      scoreByLikeness: queries => rank(alike ?? graph, queries, terms),
      scoreCandidates: candidates => candidateScorer?.scoreCandidates(candidates) ?? scoreByRanking(score, candidates, items),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** If a run fails, its queries are tried one by one: one that the graph cannot answer must not fail the others. */
async function rank(graph: Graph, queries: Queries, terms: GraphTerms): Promise<Rankings> {
  const padding = { ...terms, width: graph.width }
  const runs: number[][] = []
  const outputs: Outputs[] = []
  const failures = new Map<number, string>()
  const run = async (indices: number[]): Promise<void> => {
    try {
      outputs.push(await graph.run(pack(queries, indices, padding)))
      runs.push(indices)
    } catch (error) {
      if (indices.length > 1) await Promise.all(indices.map(i => run([i])))
      else failures.set(indices[0], (error as Error).message)
    }
  }
  await Promise.all(bucketByLength(queries).map(run))
  return { ...merge(queries, runs, outputs), ...(failures.size > 0 && { failures }) }
}
