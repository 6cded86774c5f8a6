import type { Comparison, Results, Side } from '../measure/campaign.js'
import { DEFAULT } from '../catalogues/catalogue.js'
import { percentile } from '../measure/statistics.js'

/** What is promised of a figure, and what it is. */
export interface Target {
  what: string
  promise: 'at least' | 'at most'
  bound: number
  unit: string
  measured: number
}

export const isMet = ({ promise, bound, measured }: Target): boolean => (promise === 'at least' ? measured >= bound : measured <= bound)

const MID = '62000x128'
const BIG = '1000000x128'

/** Requests a second of the service against bare Fastify, by connections. */
const TO_BARE: Record<string, Record<number, number>> = {
  [DEFAULT]: { 64: 0.85, 256: 1.1 },
  [MID]: { 64: 0.45, 256: 0.7 },
  [BIG]: { 64: 0.6, 256: 0.6 }
}

/** Every target that this catalogue was measured for. */
export function targetsOf(results: Results): Target[] {
  const { name, closed, exact, peak, factors } = results
  const perLoad = closed.flatMap(comparison => ofComparison(name, comparison))
  return [
    ...perLoad,
    ...cost(results),
    atMost(`lists of ${exact.users} users that differ from a full product`, 0, '', exact.wrong.length),
    atMost('memory', 110 + 2.2 * factors, 'MB', peak),
    ...(name === DEFAULT ? [atMost('start to first answer', 600, 'ms', results.startup)] : []),
    ...(name === BIG ? [atMost('start to first answer', 2500, 'ms', results.startup)] : []),
    ...(name === DEFAULT
      ? [atMost('Lambda: init', 600, 'ms', results.function.init), atMost('Lambda: warm', 1, 'ms', results.function.warm)]
      : [])
  ]
}

function ofComparison(name: string, { connections, medians, ratios }: Comparison): Target[] {
  const at = `at ${connections}`
  const { service, cached } = ratios
  const leg = medians.service
  if (!service || !leg) return []
  const toBare = TO_BARE[name]?.[connections]
  const isCrowd = connections > 1
  return [
    ...(toBare === undefined ? [] : [atLeast(`requests/s against B ${at}`, toBare, '×', service.toBare)]),
    ...(name === DEFAULT && isCrowd
      ? [atLeast(`requests/s against E ${at}`, 0.6, '×', service.toEcho), atMost(`p99 against B ${at}`, 1.5, '×', service.p99ToBare)]
      : []),
    ...(name === DEFAULT && isCrowd && cached ? [atLeast(`cached, requests/s against B ${at}`, 1.5, '×', cached.toBare)] : []),
    atMost(`errors ${at}`, 0, '', leg.errors),
    atMost(`slowest health answer ${at}`, 50, 'ms', leg.slowestHealth),
    atMost(`event-loop delay p99 ${at}`, 25, 'ms', leg.loopDelayP99)
  ]
}

function cost({ name, scoring, product }: Results): Target[] {
  const us = (batch: number, n: number): number => scoring.find(one => one.batch === batch && one.n === n)?.us ?? Number.NaN
  const most = { [DEFAULT]: 0.3, [MID]: 0.2 }[name]
  return [
    ...(most === undefined ? [] : [atMost('a request of a batch of 32 against one alone', most, '×', us(32, 10) / us(1, 10))]),
    ...(product ? [atMost('a batch of 32 against a plain product in C', 1.3, '×', us(32, 10) / product.product)] : []),
    atMost('scoring n = 100 against n = 10', 2, '×', us(32, 100) / us(32, 10)),
    atMost('scoring n = 500 against n = 10', 5, '×', us(32, 500) / us(32, 10))
  ]
}

const atLeast = (what: string, bound: number, unit: string, measured: number): Target => ({
  what,
  promise: 'at least',
  bound,
  unit,
  measured
})
const atMost = (what: string, bound: number, unit: string, measured: number): Target => ({
  what,
  promise: 'at most',
  bound,
  unit,
  measured
})

/** Every side of a comparison, in the order of the table. */
export const SIDES: Record<Side, string> = {
  bare: 'B bare Fastify',
  echo: 'E without scoring',
  service: 'service',
  cached: 'service, cached'
}

/** The widest spread of the rounds of a side, as a share of their median: how far to trust the run. */
export function spreadOf({ rounds }: Comparison): number {
  const each = Object.values(rounds).map(legs => {
    const rps = legs.map(leg => leg.rps)
    return (percentile(rps, 1) - percentile(rps, 0)) / Math.max(percentile(rps, 0.5), 1)
  })
  return Math.max(...each)
}
