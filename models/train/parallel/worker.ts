import { parentPort, workerData } from 'node:worker_threads'
import type { Shared, Work } from './threads.js'

const { kernel, state } = workerData as { kernel: string; state: Shared }
const { work } = (await import(kernel)) as { work: Work<Shared, unknown> }
parentPort?.on('message', (task: unknown) => {
  work(state, task)
  parentPort?.postMessage('done')
})
