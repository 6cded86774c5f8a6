import { readFileSync } from 'node:fs'
import { randomExponential, randomLcg } from 'd3-random'
import { Connection } from './connection.js'
import type { Load } from './run-load.js'
import { percentile } from '../measure/statistics.js'

// Port, requests a second, seconds, file of paths: an open loop, as users who know nothing of each other make it. Their
// requests come at random times, and an answer's time counts from when its request was due, so that a server that
// stalls pays for everybody who came meanwhile. autocannon's own rates send each second's requests in one burst.
const [port, rate, seconds, file] = process.argv.slice(2)
const paths = readFileSync(file, 'utf8').trim().split('\n')
const gap = randomExponential.source(randomLcg(1))(Number(rate) / 1000)
const CONNECTIONS = 128
/** What is not answered by then never will be. */
const PATIENCE_MS = 3000

const times: number[] = []
const waiting: number[] = []
let errors = 0
let sent = 0
const broken = (): void => {
  errors++
  idle.push(new Connection(Number(port), broken))
}
const idle = Array.from({ length: CONNECTIONS }, () => new Connection(Number(port), broken))

/** Sends what is due, from the oldest on, as long as there are connections. */
function send(): void {
  while (waiting.length > 0 && idle.length > 0) {
    const from = waiting.shift() as number
    const connection = idle.pop() as Connection
    connection.send(paths[sent++ % paths.length], status => {
      if (status === 200) times.push(performance.now() - from)
      else errors++
      idle.push(connection)
      send()
    })
  }
}

const begun = performance.now()
const end = begun + 1000 * Number(seconds)
let due = begun + gap()
// Node's timers are a millisecond coarse: that much a request may leave late, and its time says so.
const timer = setInterval(() => {
  const now = performance.now()
  for (; due <= now && due <= end; due += gap()) waiting.push(due)
  send()
  const isDone = waiting.length === 0 && idle.length >= CONNECTIONS
  if (due > end && (isDone || now > end + PATIENCE_MS)) finish()
}, 1)

function finish(): void {
  clearInterval(timer)
  const load: Load = {
    requests: times.length,
    seconds: (performance.now() - begun) / 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    p999: percentile(times, 0.999),
    errors: errors + waiting.length + Math.max(0, CONNECTIONS - idle.length)
  }
  process.stdout.write(`${JSON.stringify(load)}\n`, () => process.exit())
}
