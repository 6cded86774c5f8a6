import { once } from 'node:events'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import type { GraphTerms } from '../model/manifest.js'
import type { Candidates, CandidateScores } from './candidates.js'
import type { Queries, Rankings } from './query.js'
import type { Scorer } from './scorer.js'

export interface WorkerData {
  dir: string
  terms: GraphTerms
  threads: number
  isProbed: boolean
}

/** The messages between the threads. */
export type ToWorker = { [Name in Method]: { id: number; method: Name; input: Parameters<Scorer[Name]>[0] } }[Method] | 'close'
export type Method = 'score' | 'scoreByLikeness' | 'scoreCandidates'
/** the first message, and then one for each call */
export type Opening = Pick<Scorer, 'takesWeights' | 'warnings'> | { refused: string }
export type FromWorker = { id: number; output: Rankings | CandidateScores } | { id: number; error: string }

interface Waiting {
  id: number
  resolve(output: never): void
  reject(error: Error): void
}

/**
 * Opens the graph on a thread of its own, so that scoring never holds up HTTP.
 *
 * @param isProbed whether another thread has just opened and probed it
 */
export async function openScorerThread(
  dir: string,
  { items, order, pad, maxHistory }: GraphTerms,
  threads: number,
  onFailure: (error: Error) => void,
  isProbed = false
): Promise<Scorer> {
  // ONNX Runtime reads the environment of the process. A worker can only change that if it shares it.
  const workerData: WorkerData = { dir, terms: { items, order, pad, maxHistory }, threads, isProbed }
  const worker = new Worker(new URL('./scorer-worker.js', import.meta.url), { workerData, env: SHARE_ENV })
  const waiting: Waiting[] = []
  let opening = true
  let closing = false
  let ids = 0

  const fail = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  // Node waits at its exit for each thread, and one that is inside ONNX Runtime may never come back.
  const leave = (): void => {
    if (opening || waiting.length > 0) kill()
  }
  process.once('exit', leave)
  worker.once('exit', () => process.off('exit', leave))
  // Listened for from the start: the exit may come at any time, and comes only once. An error, which comes before it, rejects this, too.
  const exited = once(worker, 'exit')
  const gone = exited.then(([code]) => Promise.reject(new Error(`the scoring thread ended with exit code ${code}`)))
  const [first] = (await Promise.race([once(worker, 'message'), gone])) as [Opening]
  opening = false
  if ('refused' in first) throw new Error(first.refused)

  worker.on('message', (message: FromWorker) => {
    const at = waiting.findIndex(({ id }) => id === message.id)
    const [{ resolve, reject }] = waiting.splice(at, 1)
    if ('error' in message) reject(new Error(message.error))
    else resolve(message.output as never)
  })
  gone.catch((error: Error) => {
    fail(error)
    if (!closing) onFailure(error)
  })

  const call = <Out>(method: Method, input: Queries | Candidates, transfer: ArrayBuffer[] = []): Promise<Out> =>
    new Promise((resolve, reject) => {
      waiting.push({ id: ++ids, resolve, reject })
      worker.postMessage({ id: ids, method, input }, transfer)
    })
  return {
    takesWeights: first.takesWeights,
    warnings: first.warnings,
    score: queries => call('score', queries, buffersOf(queries)),
    scoreByLikeness: queries => call('scoreByLikeness', queries, buffersOf(queries)),
    scoreCandidates: candidates => call('scoreCandidates', candidates),
    // To terminate a thread inside a run would abort the process. The message lets it end by itself; if it hangs, it never does.
    async close() {
      closing = true
      worker.postMessage('close' satisfies ToWorker)
      if (waiting.length === 0) await exited
    }
  }
}

const buffersOf = ({ rows }: Queries): ArrayBuffer[] => [rows.buffer]

/** Ends the process without waiting for its threads. The first process of a container ignores its own SIGKILL, but can abort. */
function kill(): void {
  process.kill(process.pid, 'SIGKILL')
  process.abort()
}
