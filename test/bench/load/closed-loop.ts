import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import type { Load } from './run-load.js'

// URL, connections, seconds, file of paths: a closed loop with autocannon, where wrk is not at hand.
const [url, connections, duration, file] = process.argv.slice(2)
const paths = readFileSync(file, 'utf8').trim().split('\n')
const EACH = 500

let clients = 0
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(duration),
  // Every connection asks for other users than the next one.
  setupClient: client => {
    const from = (clients++ * EACH) % paths.length
    client.setRequests(paths.slice(from, from + EACH).map(path => ({ path })))
  }
})
const load: Load = {
  requests: result.requests.total,
  seconds: result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  p999: result.latency.p99_9,
  errors: result.errors + result.timeouts + result.non2xx + result.resets
}
process.stdout.write(JSON.stringify(load))
