import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openScorer } from './scorer.js'
import type { FromWorker, ToWorker } from './scorer-thread.js'

const port = parentPort as MessagePort
const answer = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
const { dir, items, threads } = workerData as { dir: string; items: number; threads: number }

try {
  const scorer = await openScorer(dir, items, threads, () => {})
  port.on('message', async (message: ToWorker) => {
    if (message === 'close') {
      await scorer.close()
      port.close()
      return
    }
    try {
      const ranking = await scorer.score(message.batch)
      answer({ id: message.id, ranking }, [ranking.items.buffer as ArrayBuffer, ranking.scores.buffer as ArrayBuffer])
    } catch (error) {
      answer({ id: message.id, error: (error as Error).message })
    }
  })
  answer({ open: true })
} catch (error) {
  answer({ refused: (error as Error).message })
}
