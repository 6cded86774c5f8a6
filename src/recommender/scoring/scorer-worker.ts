import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Queries } from './query.js'
import { openScorer, type Scorer } from './scorer.js'
import type { FromWorker, Opening, ToWorker } from './scorer-thread.js'

const port = parentPort as MessagePort
const answer = (message: Opening | FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
const { dir, items, threads } = workerData as { dir: string; items: number; threads: number }

const close = async (scorer: Scorer): Promise<void> => {
  await scorer.close()
  port.close()
}

const score = (scorer: Scorer, id: number, queries: Queries): Promise<void> =>
  scorer.score(queries).then(
    rankings => {
      const { rows, scores, counts, scannedRows } = rankings
      answer({ id, rankings }, [rows.buffer, scores.buffer, counts.buffer, ...(scannedRows ? [scannedRows.buffer] : [])])
    },
    (error: Error) => answer({ id, error: error.message })
  )

try {
  const scorer = await openScorer(dir, items, threads, () => {})
  port.on('message', (message: ToWorker) => void (message === 'close' ? close(scorer) : score(scorer, message.id, message.queries)))
  answer({ takesWeights: scorer.takesWeights })
} catch (error) {
  answer({ refused: (error as Error).message })
}
