import { once } from 'node:events'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import type { Queries, Rankings } from './query.js'
import type { OpenScorer } from './scorer.js'

/** What crosses the thread: queries one way, in their order; answers the other way. */
export type ToWorker = { id: number; queries: Queries } | 'close'
export type FromWorker = { id: number; rankings: Rankings } | { id: number; error: string } | { open: true } | { refused: string }

interface Waiting {
  resolve(rankings: Rankings): void
  reject(error: Error): void
}

/** Opens the graph on a thread of its own, so that scoring never holds up HTTP. */
export const openScorerThread: OpenScorer = async (dir, items, threads, onFailure) => {
  // ONNX Runtime reads the real environment, which a worker only changes when it shares it.
  const worker = new Worker(new URL('./scorer-worker.js', import.meta.url), { workerData: { dir, items, threads }, env: SHARE_ENV })
  const waiting = new Map<number, Waiting>()
  let closing = false
  let ids = 0

  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  // Asked for now, since it may come at any time, and comes but once.
  const exited = once(worker, 'exit')
  const gone = exited.then(([code]) => Promise.reject(new Error(`the scoring thread ended with exit code ${code}`)))
  const [first] = (await Promise.race([once(worker, 'message'), gone])) as [FromWorker]
  if ('refused' in first) throw new Error(first.refused)

  worker.on('message', (message: FromWorker) => {
    if (!('id' in message)) return
    const { resolve, reject } = waiting.get(message.id) as Waiting
    waiting.delete(message.id)
    if ('error' in message) reject(new Error(message.error))
    else resolve(message.rankings)
  })
  worker.on('error', fail)
  gone.catch((error: Error) => {
    fail(error)
    if (!closing) onFailure(error)
  })

  return {
    score: queries =>
      new Promise((resolve, reject) => {
        waiting.set(++ids, { resolve, reject })
        worker.postMessage({ id: ids, queries } satisfies ToWorker, [queries.rows.buffer, queries.ends.buffer, queries.k.buffer])
      }),
    // Ending a thread inside a run aborts the process: it is asked to close, and ends by itself.
    async close() {
      closing = true
      worker.postMessage('close' satisfies ToWorker)
      await exited
    }
  }
}
