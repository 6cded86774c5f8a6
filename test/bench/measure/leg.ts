import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from '../load/load.js'
import { runClosedLoop } from '../load/run-load.js'
import type { Generator } from './machine.js'
import { get, type Service } from '../subjects/process.js'
import { usage } from './usage.js'

/** One load on one service, and what it cost there. Figures that a service does not have are NaN. */
export type Leg = {
  /** requests a second */
  rps: number
  /** ms */
  p50: number
  p99: number
  p999: number
  errors: number
  /** µs of CPU a request: of the whole process, and of its main thread */
  cpu: number
  mainCpu: number
  /** ms */
  loopDelayP99: number
  /** ms, the slowest answer of the health route meanwhile */
  slowestHealth: number
  /** MB */
  rss: number
}

export interface Pressure {
  generator: Generator
  connections: number
  seconds: number
  /** a file, a path a line */
  paths: string
}

/** Loads a service in a closed loop and looks at it meanwhile. */
export function measureClosed(service: Service, { generator, connections, seconds, paths }: Pressure): Promise<Leg> {
  return measure(service, () => runClosedLoop(generator, { port: service.port, connections, seconds, paths }))
}

export async function measure(service: Service, load: () => Promise<Load>): Promise<Leg> {
  await loopDelayP99(service) // which starts it anew
  const before = usage(service.pid)
  const health = watchHealth(service.port)
  const { requests, seconds, p50, p99, p999, errors } = await load()
  const slowestHealth = await health.stop()
  const after = usage(service.pid)
  return {
    rps: requests / seconds,
    p50,
    p99,
    p999,
    errors,
    cpu: (after.cpu - before.cpu) / requests,
    mainCpu: (after.main - before.main) / requests,
    loopDelayP99: await loopDelayP99(service),
    slowestHealth,
    rss: after.rss
  }
}

/** Asks the health route twenty times a second, as a load balancer does, only more often. */
function watchHealth(port: number): { stop(): Promise<number> } {
  const agent = new Agent({ keepAlive: true })
  let slowest = 0
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      const begun = performance.now()
      const { status } = await get(port, '/', { agent })
      slowest = Math.max(slowest, status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY)
      await sleep(50)
    }
  })()
  return {
    async stop() {
      stopped = true
      await watching
      agent.destroy()
      return slowest
    }
  }
}

/** In ms, since it was asked for last; NaN of a service without metrics. */
async function loopDelayP99({ port }: Service): Promise<number> {
  const { body } = await get(port, '/metrics')
  return Number(body.match(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m)?.[1]) * 1000
}
