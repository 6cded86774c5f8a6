import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openProbedScorer, openScorer, type Scorer } from './scorer.js'
import type { FromWorker, Opening, ToWorker, WorkerData } from './scorer-thread.js'

const port = parentPort as MessagePort
const answer = (message: Opening | FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
const { dir, terms, threads, isProbed } = workerData as WorkerData

const close = async (scorer: Scorer): Promise<void> => {
  await scorer.close()
  port.close()
}

const score = async (scorer: Scorer, message: Exclude<ToWorker, 'close'>): Promise<void> => {
  const { id } = message
  try {
    if (message.method === 'scoreCandidates') return answer({ id, output: await scorer.scoreCandidates(message.input) })
    const rankings = await scorer[message.method](message.input)
    answer({ id, output: rankings }, [rankings.rows.buffer])
  } catch (error) {
    answer({ id, error: (error as Error).message })
  }
}

try {
  const open = isProbed ? openProbedScorer : openScorer
  const scorer = await open(dir, terms, threads, () => {})
  port.on('message', (message: ToWorker) => void (message === 'close' ? close(scorer) : score(scorer, message)))
  answer({ takesWeights: scorer.takesWeights, warnings: scorer.warnings })
} catch (error) {
  answer({ refused: (error as Error).message })
}
