import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runClosedLoop, runOverload, pathsFile } from '../bench/load/run-load.js'
import type { Overload } from '../bench/load/load.js'
import { percentile } from '../bench/measure/statistics.js'
import { compiled } from '../bench/paths.js'
import { get, start } from '../bench/subjects/process.js'
import type { Attack } from './promise.js'

const SECONDS = { short: 5, long: 30 }
const TIMES_OVER = 3
const MAX_QUEUE_MS = 1000
const HEALTH_EVERY_MS = 250
/** What load balancers are promised, on a machine that does nothing else; the short form may share its machine. */
const MOST_HEALTH_MS = { short: 1000, long: 250 }
const MOST_RECOVERY_MS = 1000
/** A machine on which even the generator waits for its turn says nothing of the service. */
const MOST_LATE_MS = 50

/** Three times what one core can answer, whether answers come or not. */
export const backpressure: Attack = ({ port }) => ({
  name: 'backpressure',
  sentence: 'Under three times what it can answer, it answers some in time, refuses the rest at once, and looks alive',
  async attempt(form, say) {
    // Long lists: then it takes fewer requests a second, and a generator beside it can make three times as many.
    const paths = await pathsFile(
      'long-lists.txt',
      Array.from({ length: 610 }, (_, i) => `${i + 1}?n=500`)
    )
    const env = { MAX_QUEUE_MS: `${MAX_QUEUE_MS}` }
    const server = await start(compiled(), { port, path: '/readyz', env })
    try {
      if (availableParallelism() > 1) await pin(server.pid)
      const { requests, seconds } = await runClosedLoop('autocannon', { port, connections: 64, seconds: 4, paths })
      const rate = Math.round((TIMES_OVER * requests) / seconds)
      say(`${Math.round(requests / seconds)} requests a second, so ${rate} will come`)
      const over = { now: false }
      const health = healthTimes(port, over)
      const load = await runOverload({ port, rate, seconds: SECONDS[form], paths })
      const recovery = await recoveryTime(port)
      over.now = true
      const slowest = percentile(await health, 1)
      const figure = `${describe(load)}; /livez on a new connection within ${Math.round(slowest)} ms; recovered after ${Math.round(recovery)} ms`
      const isLost = load.others + load.broken + load.unanswered > 0
      const inTime = load.accepted.p99 <= MAX_QUEUE_MS && slowest <= MOST_HEALTH_MS[form] && recovery <= MOST_RECOVERY_MS
      if (load.late > MOST_LATE_MS) return { figure: `${figure}; times not judged, the machine is too busy`, holds: !isLost }
      return { figure, holds: !isLost && inTime }
    } finally {
      await server.stop()
    }
  }
})

const describe = ({ sent, accepted, refused, others, broken, unanswered, unsent, late }: Overload): string =>
  `${sent} sent: ${accepted.count} answered, p99 ${Math.round(accepted.p99)} ms; ${refused.count} refused, p50 ${Math.round(refused.p50)} ms, p99 ${Math.round(refused.p99)} ms; ` +
  `${others + broken + unanswered} lost; ${unsent} found no connection; the generator itself late by ${Math.round(late)} ms`

/** To the first core, with all its threads. */
const pin = (pid: number): Promise<unknown> => promisify(execFile)('taskset', ['-a', '-c', '-p', '0', `${pid}`])

async function healthTimes(port: number, over: { now: boolean }): Promise<number[]> {
  const times: Promise<number>[] = []
  for (; !over.now; await sleep(HEALTH_EVERY_MS)) times.push(timeOf(port, '/livez'))
  return Promise.all(times)
}

async function timeOf(port: number, path: string): Promise<number> {
  const begun = performance.now()
  const { status } = await get(port, path)
  return status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY
}

/** From the end of the load until somebody is served. */
async function recoveryTime(port: number): Promise<number> {
  const begun = performance.now()
  while ((await get(port, '/recommend/42')).status !== 200) await sleep(10)
  return performance.now() - begun
}
