import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Logger } from 'pino'
import { answerForMetrics } from './metrics/all-workers.js'

/** What ends a worker in order also ends all of them in order. From a terminal both get SIGINT; a worker takes two in a second for one. */
const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const

/**
 * Starts so many processes that answer on the same port. The first one starts alone, so that a setting or a model that cannot be
 * used is told once. When one ends unasked, the others are closed in order, and then this process ends as a failure, so that the
 * platform starts anew.
 */
export async function supervise(count: number, logger: Logger): Promise<void> {
  answerForMetrics()
  let stopping = false
  let exitCode = 0
  const stop = (signal: NodeJS.Signals): void => {
    stopping = true
    for (const worker of workers()) worker.process.kill(signal)
  }
  for (const signal of STOPS) process.on(signal, () => stop(signal))
  cluster.on('exit', ({ id }, code, signal) => {
    exitCode = Math.max(exitCode, code ?? 1)
    if (!stopping) {
      exitCode = Math.max(exitCode, 1)
      if (workers().length > 0) logger.fatal(`worker ${id} has ended, with ${signal ?? `exit code ${code}`}: closing the others`)
      stop('SIGTERM')
    }
    if (workers().length === 0) process.exit(exitCode)
  })
  await once(cluster.fork(), 'listening')
  while (!stopping && workers().length < count) cluster.fork()
}

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined)
