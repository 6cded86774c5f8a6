import cluster from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'

/** From a worker to the first process, which asks all of them, and back. */
interface Message {
  type: 'metrics of all workers'
  id: number
  text?: string
}

const isOurs = (message: unknown): message is Message => (message as Partial<Message> | null)?.type === 'metrics of all workers'

/** In the first process: tells workers the metrics of all of them, added up. A worker that does not answer is waited for, for 5 s. */
export function answerForMetrics(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', (worker, message) => {
    if (!isOurs(message)) return
    const answer = (text?: string): void => void worker.send({ ...message, text } satisfies Message)
    all.clusterMetrics().then(answer, () => answer())
  })
}

/** In a worker: the metrics of all workers. @returns a function that asks for them */
export function metricsOfAllWorkers(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([registry])
  // It listens for the first process, which asks for the metrics of this one.
  new AggregatorRegistry()
  const waiting = new Map<number, (text?: string) => void>()
  process.on('message', message => {
    if (!isOurs(message)) return
    waiting.get(message.id)?.(message.text)
    waiting.delete(message.id)
  })
  let asked = 0
  return async () => {
    const message: Message = { type: 'metrics of all workers', id: ++asked }
    const text = await new Promise<string | undefined>(resolve => {
      waiting.set(message.id, resolve)
      process.send?.(message)
    })
    if (text === undefined) throw new Error('a worker did not tell its metrics')
    return text
  }
}
