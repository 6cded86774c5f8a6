import { runClosedLoop, pathsFile } from '../bench/load/run-load.js'
import { compiled } from '../bench/paths.js'
import { start } from '../bench/subjects/process.js'
import { onPath } from '../bench/measure/machine.js'
import { usage } from '../bench/measure/usage.js'
import type { Attack } from './promise.js'

const REQUESTS = { short: 110_000, long: 4_000_000 }
/** Until then, code is compiled and the heap finds its size. */
const WARM_UP = { short: 60_000, long: 1_000_000 }
const SECONDS = 2
/** MB a million requests. A short soak sees the heap breathe more than it grows. */
const MOST_SLOPE = { short: 1000, long: 1 }

interface Sample {
  /** millions */
  requests: number
  /** MB */
  rss: number
}

/** Requests of many users for a long time: what a request leaves behind shows as a slope. */
export const soak: Attack = ({ port }) => ({
  name: 'soak',
  sentence: 'Memory does not grow with the number of requests',
  async attempt(form) {
    const paths = await pathsFile(
      'soak.txt',
      Array.from({ length: 610 }, (_, i) => `${i + 1}`)
    )
    const server = await start(compiled(), { port, path: '/readyz' })
    // The faster one, where it is at hand: millions of requests take their time.
    const generator = onPath('wrk') ? 'wrk' : 'autocannon'
    const samples: Sample[] = []
    let requests = 0
    let errors = 0
    try {
      while (requests < REQUESTS[form]) {
        const load = await runClosedLoop(generator, { port, connections: 32, seconds: SECONDS, paths })
        requests += load.requests
        errors += load.errors
        if (requests > WARM_UP[form]) samples.push({ requests: requests / 1e6, rss: usage(server.pid).rss })
      }
    } finally {
      await server.stop()
    }
    const slope = slopeOf(lowest(samples))
    const figure = `${requests} requests, ${errors} errors, ${Math.round(samples.at(-1)?.rss ?? NaN)} MB, ${slope.toFixed(2)} MB more a million`
    return { figure, holds: errors === 0 && slope < MOST_SLOPE[form] }
  }
})

const PARTS = 10

/** Of each tenth the least: between two collections the heap grows and shrinks. */
function lowest(samples: Sample[]): Sample[] {
  const size = Math.max(1, Math.floor(samples.length / PARTS))
  const parts = Array.from({ length: Math.min(PARTS, samples.length) }, (_, i) => samples.slice(i * size, (i + 1) * size))
  return parts.map(part => part.reduce((least, sample) => (sample.rss < least.rss ? sample : least)))
}

/** Of the line through the points with the least squares. */
function slopeOf(samples: Sample[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(samples.map(({ requests }) => requests)), mean(samples.map(({ rss }) => rss))]
  const covariance = mean(samples.map(({ requests, rss }) => (requests - x) * (rss - y)))
  return covariance / mean(samples.map(({ requests }) => (requests - x) ** 2))
}
