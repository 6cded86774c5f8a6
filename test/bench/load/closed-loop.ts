import { readFile } from 'node:fs/promises'
import autocannon from 'autocannon'
import type { ClosedLoop, Load } from './load.js'

const EACH = 500

/** With autocannon, where wrk is not installed. */
export async function closedLoop({ port, connections, seconds, paths: file }: ClosedLoop): Promise<Load> {
  const paths = (await readFile(file, 'utf8')).trim().split('\n')
  let clients = 0
  const { requests, duration, latency, throughput, errors, timeouts, non2xx, resets } = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    // Every connection asks for other users than the next one.
    setupClient: client => {
      const from = (clients++ * EACH) % paths.length
      client.setRequests(paths.slice(from, from + EACH).map(path => ({ path })))
    }
  })
  return {
    requests: requests.total,
    seconds: duration,
    p50: latency.p50,
    p99: latency.p99,
    p999: latency.p99_9,
    bytes: throughput.total,
    errors: errors + timeouts + non2xx + resets
  }
}
