import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GRAPH, SCORE_GRAPH, SIMILAR_GRAPH } from '../model/files.js'
import type { GraphTerms } from '../model/manifest.js'
import { openProbedScorer, type Scorer } from './scorer.js'
import { openScorerThread } from './scorer-thread.js'

/** The largest run on this thread. */
interface Bounds {
  /** more queries are worth the way to the other thread, which scores them while this one goes on */
  queries: number
  /** how long it may take, going by those before; meanwhile nobody else is answered, and no health check */
  ms: number
}

const BOUNDS: Bounds = { queries: 8, ms: 1 }
/** Where no core is free for the other thread, it takes from this one what it saves. */
const CROWDED: Bounds = { queries: Number.POSITIVE_INFINITY, ms: 4 }
/** In a larger catalogue an odd query may take far longer than those before. */
const LARGE = 100_000
/** With less memory than this, in bytes, the graph is open only once. */
const ROOMY = 512 * 2 ** 20
/** What the last run counts in the average. */
const NEWEST = 1 / 16

/**
 * Scores on this thread what takes less time than the way to another one, and the rest on a thread of its own:
 *
 *     few queries, none in flight, short runs ── here
 *     else ───────────────────────────────────── on the other thread
 *
 * Both open the same graphs in the same way, so an answer is the same, to the bit, wherever it was scored.
 *
 * @param isCrowded whether other processes take the cores that the other thread would use
 */
export async function openAdaptiveScorer(
  dir: string,
  terms: GraphTerms,
  threads: number,
  onFailure: (error: Error) => void,
  isCrowded = false
): Promise<Scorer> {
  const there = await openScorerThread(dir, terms, threads, onFailure)
  if (terms.items > LARGE || threads > 1 || isCramped() || (await mayLoop(dir))) return there
  const here = await openProbedScorer(dir, terms, threads, onFailure)
  let inFlight = 0
  let msPerQuery = Number.POSITIVE_INFINITY

  const most = isCrowded ? CROWDED : BOUNDS
  const isShort = (size: number): boolean => size <= most.queries && size * msPerQuery <= most.ms
  const learn = (ms: number): void => {
    msPerQuery = Number.isFinite(msPerQuery) ? msPerQuery + NEWEST * (ms - msPerQuery) : ms
  }
  const adaptive =
    <In, Out>(sizeOf: (input: In) => number, score: (scorer: Scorer, input: In) => Promise<Out>): ((input: In) => Promise<Out>) =>
    async input => {
      const size = sizeOf(input)
      const scorer = inFlight === 0 && isShort(size) ? here : there
      const start = performance.now()
      inFlight++
      try {
        return await score(scorer, input)
      } finally {
        inFlight--
        learn((performance.now() - start) / size)
      }
    }
  return {
    takesWeights: there.takesWeights,
    warnings: there.warnings,
    score: adaptive(
      ({ k }) => k.length,
      (scorer, queries) => scorer.score(queries)
    ),
    scoreByLikeness: adaptive(
      ({ k }) => k.length,
      (scorer, queries) => scorer.scoreByLikeness(queries)
    ),
    scoreCandidates: adaptive(
      ({ histories }) => histories.length,
      (scorer, candidates) => scorer.scoreCandidates(candidates)
    ),
    async close() {
      await Promise.all([there.close(), here.close()])
    }
  }
}

/** Whether the container allows little memory. Without a limit, Node tells 0 or more than there is. */
function isCramped(): boolean {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < ROOMY
}

/** Whether a graph of the folder may run for ever, which would block this thread: only the operators that loop can. */
async function mayLoop(dir: string): Promise<boolean> {
  const files = [GRAPH, SIMILAR_GRAPH, SCORE_GRAPH].map(file => readFile(join(dir, file)).catch(() => Buffer.alloc(0)))
  return (await Promise.all(files)).some(bytes => ['Loop', 'Scan'].some(name => bytes.includes(name)))
}
