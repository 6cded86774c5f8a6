import { bucketByLength, merge, pack } from './batching.js'
import { openGraph } from './graph.js'
import { checkItems } from './probe.js'
import type { Queries, Rankings } from './query.js'

/** A graph that is open: queries in, rankings out, on whatever thread. */
export interface Scorer {
  /** whether the graph asks how much each entry of a history counts */
  takesWeights: boolean
  /** Answers the queries together. There must be at least one: ONNX Runtime crashes on an empty batch. */
  score(queries: Queries): Promise<Rankings>
  /** Closes the graph. Nothing may be scored at that time. */
  close(): Promise<void>
}

/** @param onFailure is called when the scorer dies later */
export type OpenScorer = (dir: string, items: number, threads: number, onFailure: (error: Error) => void) => Promise<Scorer>

/**
 * Opens the graph of a model folder on this thread, which it blocks while it scores.
 *
 * @throws Error when the graph does not fit the contract, or ranks more or fewer than `items` items
 */
export const openScorer: OpenScorer = async (dir, items, threads) => {
  const graph = await openGraph(dir, threads)
  try {
    await checkItems(graph.run, items)
  } catch (error) {
    await graph.close()
    throw error
  }
  return {
    takesWeights: graph.takesWeights,
    async score(queries) {
      const runs = bucketByLength(queries)
      const outputs = await Promise.all(runs.map(indices => graph.run(pack(queries, indices, items))))
      return merge(queries, runs, outputs)
    },
    close: graph.close
  }
}
