import { parentPort, workerData } from 'node:worker_threads'
import { type Shared, type Task, work } from './ials-kernel.js'

const shared = workerData as Shared
parentPort?.on('message', (task: Task) => {
  work(shared, task)
  parentPort?.postMessage('done')
})
