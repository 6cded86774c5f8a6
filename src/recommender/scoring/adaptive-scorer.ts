import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GRAPH, SCORE_GRAPH, SIMILAR_GRAPH } from '../model/files.js'
import type { GraphTerms } from '../model/manifest.js'
import { openScorer, type Scorer } from './scorer.js'
import { openScorerThread } from './scorer-thread.js'

/** ms: as long may a run on this thread take, going by those before; meanwhile nobody else is answered, and no health check. */
const SHORT = 1
/** Where the other thread is not open yet, or takes from this one what it saves, for want of a free core. */
const SHORT_ALONE = 4
/** In a larger catalogue an odd query may take far longer than those before. */
const LARGE = 100_000
/** With less memory than this, in bytes, the graph is open only once. */
const ROOMY = 512 * 2 ** 20
/** What the last run counts in the average. */
const NEWEST = 1 / 16

/**
 * Scores on this thread what takes less time than the way to another one, and the rest on a thread of its own:
 *
 *     short runs, none in flight ── here
 *     else ──────────────────────── on the other thread
 *
 * Both open the same graphs in the same way, so an answer is the same, to the bit, wherever it was scored. A start waits for one of
 * them only: the thread opens its own as soon as the first answer is out.
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
  if (terms.items > LARGE || threads > 1 || isCramped() || (await mayLoop(dir))) return openScorerThread(dir, terms, threads, onFailure)
  const here = await openScorer(dir, terms, threads, onFailure)
  let there: Scorer | undefined
  let opening: Promise<Scorer> | undefined
  let inFlight = 0

  const openThere = (): Promise<Scorer> => {
    const thread = openScorerThread(dir, terms, threads, onFailure, true)
    void thread.then(scorer => (there = scorer), onFailure)
    return thread
  }
  const adaptive = <In, Out>(
    sizeOf: (input: In) => number,
    score: (scorer: Scorer, input: In) => Promise<Out>
  ): ((input: In) => Promise<Out>) => {
    let msPerQuery: number | undefined
    const isHere = (size: number): boolean => {
      if (!there) return size * (msPerQuery ?? 0) <= SHORT_ALONE
      return inFlight === 0 && size * (msPerQuery ?? Number.POSITIVE_INFINITY) <= (isCrowded ? SHORT_ALONE : SHORT)
    }
    return async input => {
      const size = sizeOf(input)
      const scorer = isHere(size) ? here : (there ?? (await (opening ??= openThere())))
      const start = performance.now()
      inFlight++
      try {
        return await score(scorer, input)
      } finally {
        inFlight--
        const ms = (performance.now() - start) / size
        msPerQuery = msPerQuery === undefined ? ms : msPerQuery + NEWEST * (ms - msPerQuery)
        opening ??= openThere()
      }
    }
  }
  return {
    takesWeights: here.takesWeights,
    warnings: here.warnings,
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
      await Promise.all([
        opening?.then(
          thread => thread.close(),
          () => {}
        ),
        here.close()
      ])
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
