import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomExponential, randomLcg } from 'd3-random'
import { percentile } from '../measure/statistics.js'
import { Connection } from './connection.js'
import type { OpenLoop, Overload, Times } from './load.js'

/** Each request that waits holds one. With fewer, hardly anybody would be refused: all that wait would be answered in time. */
const CONNECTIONS = 2000
const PATIENCE_MS = 30_000

/**
 * More requests than the service can answer, at random times, over connections that are open already, as those of a load
 * balancer. Times count from when a request leaves; one that finds no connection is not sent, and counted.
 */
export async function overload({ port, rate, seconds, paths: file }: OpenLoop): Promise<Overload> {
  const paths = (await readFile(file, 'utf8')).trim().split('\n')
  const gap = randomExponential.source(randomLcg(1))(rate / 1000)
  const times: Record<number, number[]> = { 200: [], 503: [] }
  const lateness: number[] = []
  const idle: Connection[] = []
  const open = new Set<Connection>()
  let sent = 0
  let broken = 0
  let inFlight = 0
  let unsent = 0

  const connect = (): void => {
    const connection: Connection = new Connection(port, isWaiting => {
      open.delete(connection)
      const at = idle.indexOf(connection)
      if (at >= 0) idle.splice(at, 1)
      connect()
      if (!isWaiting) return
      broken++
      inFlight--
    })
    open.add(connection)
    idle.push(connection)
  }
  const send = (): void => {
    const connection = idle.pop()
    if (!connection) return void unsent++
    const start = performance.now()
    inFlight++
    connection.send(paths[sent++ % paths.length], status => {
      ;(times[status] ??= []).push(performance.now() - start)
      inFlight--
      idle.push(connection)
    })
  }

  for (let i = 0; i < CONNECTIONS; i++) {
    connect()
    if (i % 3 === 0) await sleep(1)
  }
  const begun = performance.now()
  const end = begun + 1000 * seconds
  for (let due = begun + gap(), now = begun; due <= end; now = performance.now()) {
    for (; due <= now && due <= end; due += gap()) {
      lateness.push(performance.now() - due)
      send()
    }
    await sleep(1)
  }
  while (inFlight > 0 && performance.now() < end + PATIENCE_MS) await sleep(5)
  const connections = open.size
  for (const connection of open) connection.close()
  const { 200: accepted, 503: refused, ...others } = times
  return {
    sent,
    accepted: summary(accepted),
    refused: summary(refused),
    others: Object.values(others).flat().length,
    broken,
    unanswered: inFlight,
    unsent,
    connections,
    late: percentile(lateness, 0.99)
  }
}

const summary = (times: number[]): Times => ({
  count: times.length,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
  most: percentile(times, 1)
})
