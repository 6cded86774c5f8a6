import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomExponential, randomLcg } from 'd3-random'
import { percentile } from '../measure/statistics.js'
import { Connection } from './connection.js'
import type { Load, OpenLoop } from './load.js'

const CONNECTIONS = 128
/** What is not answered by then never will be. */
const PATIENCE_MS = 3000

/**
 * Requests as they come from users who know nothing of each other: at random times. An answer's time counts from when its
 * request was due, so a server that stalls pays for everybody who came meanwhile. (autocannon's own rates send each
 * second's requests in one burst.)
 */
export async function openLoop({ port, rate, seconds, paths: file }: OpenLoop): Promise<Load> {
  const paths = (await readFile(file, 'utf8')).trim().split('\n')
  const gap = randomExponential.source(randomLcg(1))(rate / 1000)
  const times: number[] = []
  const waiting: number[] = []
  let bytes = 0
  let errors = 0
  let sent = 0

  const open = new Set<Connection>()
  const idle = new Set<Connection>()
  const connect = (): void => {
    const connection = new Connection(port, () => {
      errors++
      open.delete(connection)
      idle.delete(connection)
    })
    open.add(connection)
    idle.add(connection)
  }

  /** Sends what is due, from the oldest on, as long as there are connections, of which there are no more than are needed. */
  const send = (): void => {
    while (idle.size < waiting.length && open.size < CONNECTIONS) connect()
    for (const connection of idle) {
      const due = waiting.shift()
      if (due === undefined) return
      idle.delete(connection)
      connection.send(paths[sent++ % paths.length], (status, length) => {
        if (status === 200) times.push(performance.now() - due)
        else errors++
        bytes += length
        idle.add(connection)
        send()
      })
    }
  }

  const begun = performance.now()
  const end = begun + 1000 * seconds
  let due = begun + gap()
  const isBusy = (): boolean => waiting.length > 0 || idle.size < open.size
  for (let now = begun; due <= end || (isBusy() && now <= end + PATIENCE_MS); now = performance.now()) {
    for (; due <= now && due <= end; due += gap()) waiting.push(due)
    send()
    // Node's timers are a millisecond coarse: that much a request may leave late, and its time says so.
    await sleep(1)
  }
  const unanswered = waiting.length + (open.size - idle.size)
  for (const connection of open) connection.close()
  return {
    requests: times.length,
    seconds: (performance.now() - begun) / 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    p999: percentile(times, 0.999),
    bytes,
    errors: errors + unanswered
  }
}
