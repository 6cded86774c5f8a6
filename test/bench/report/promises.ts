import { columns } from '../../../models/train/cli/columns.js'
import { DEFAULT } from '../catalogues/catalogue.js'
import type { Closed, Results } from '../measure/campaign.js'
import type { Capacity } from '../measure/capacity.js'
import { medianRatio } from '../measure/statistics.js'
import { figure } from './table.js'

/** What is promised of a figure, and what it is. */
export interface Promised {
  what: string
  promise: 'at least' | 'at most'
  bound: number
  unit: string
  measured: number
}

const isMet = ({ promise, bound, measured }: Promised): boolean => (promise === 'at least' ? measured >= bound : measured <= bound)

const BIG = '1000000x128'

/** Requests a second of the service against plain Fastify with ONNX Runtime, by connections. */
const TO_PLAIN: Record<number, number> = { 1: 1, 4: 1.15, 16: 2.2, 64: 2.6, 256: 3 }
/** Requests a second of two processes against one, where there are two cores, at 64 connections. */
const TO_ONE_PROCESS = 1.25
/** CPU a request against the same, at a fixed rate. */
const CPU_TO_PLAIN = 1.1

/** Every promise that this catalogue was measured for. */
export function promisesOf(results: Results): Promised[] {
  const { name, closed, open, exact, peak, factors } = results
  const perLoad = closed.flatMap(comparison => ofComparison(name, comparison))
  return [
    ...perLoad,
    ...(name === DEFAULT
      ? open.map(({ rate, ratios }) => atMost(`CPU a request against P at ${rate}/s`, CPU_TO_PLAIN, '×', ratios.service?.cpuToPlain))
      : []),
    ...cost(results),
    atMost(`lists of ${exact.users} users that differ from a full product`, 0, '', exact.wrong.length),
    atMost('memory', 400 + 2 * factors, 'MB', peak),
    ...(name === DEFAULT ? [atMost('start to first answer', 300, 'ms', results.startup)] : []),
    ...(name === BIG ? [atMost('start to first answer', 2500, 'ms', results.startup)] : [])
  ]
}

export const promisesOfFunction = ({ initMs, invocationMs }: Capacity['lambda']): Promised[] => [
  atMost('Lambda: init', 350, 'ms', initMs),
  atMost('Lambda: an invocation', 1, 'ms', invocationMs)
]

/** For the terminal: what a change has to answer for. */
export function promiseTable(all: Promised[]): string {
  const rows = all.map(promised => {
    const { what, promise, bound, unit, measured } = promised
    return [what, `${promise} ${figure(bound)} ${unit}`.trim(), `${figure(measured)} ${unit}`.trim(), isMet(promised) ? 'met' : 'MISSED']
  })
  return columns([['', 'promised', 'measured', ''], ...rows], 'right')
}

function ofComparison(name: string, { connections, medians, ratios, rounds }: Closed): Promised[] {
  const at = `at ${connections}`
  const { service, cached } = ratios
  const leg = medians.service
  if (!service || !leg) return []
  const isCrowd = connections > 16
  return [
    ...(name === DEFAULT ? [atLeast(`requests/s against P ${at}`, TO_PLAIN[connections], '×', service.toPlain)] : []),
    ...(name === DEFAULT && isCrowd ? [atLeast(`requests/s against E ${at}`, 0.45, '×', service.toEcho)] : []),
    ...(name === DEFAULT && isCrowd && cached ? [atLeast(`cached, requests/s against B ${at}`, 0.6, '×', cached.toBare)] : []),
    ...(rounds.workers && connections === 64 ? [atLeast(`WORKERS=2 against one ${at}`, TO_ONE_PROCESS, '×', toOne(rounds))] : []),
    atMost(`errors ${at}`, 0, '', leg.errors),
    atMost(`slowest health answer ${at}`, 50, 'ms', leg.slowestHealth),
    atMost(`event-loop delay p99 ${at}`, 25, 'ms', leg.loopDelayP99)
  ]
}

const toOne = ({ workers = [], service = [] }: Closed['rounds']): number =>
  medianRatio(
    workers.map(({ rps }) => rps),
    service.map(({ rps }) => rps)
  )

function cost({ name, scoring, product }: Results): Promised[] {
  const us = (batch: number, n: number): number => scoring.find(one => one.batch === batch && one.n === n)?.us ?? Number.NaN
  return [
    atMost('a request of a batch of 32 against one alone', 0.3, '×', us(32, 10) / us(1, 10)),
    ...(product ? [atMost('a batch of 32 against a plain product in C', 1.3, '×', us(32, 10) / product.product)] : []),
    // A large catalogue is scored no further than the list reaches, so there a longer one costs more.
    ...(name === DEFAULT
      ? [
          atMost('scoring n = 100 against n = 10', 2, '×', us(32, 100) / us(32, 10)),
          atMost('scoring n = 500 against n = 10', 5, '×', us(32, 500) / us(32, 10))
        ]
      : [])
  ]
}

const atLeast = (what: string, bound: number, unit: string, measured: number): Promised => ({
  what,
  promise: 'at least',
  bound,
  unit,
  measured
})
const atMost = (what: string, bound: number, unit: string, measured = Number.NaN): Promised => ({
  what,
  promise: 'at most',
  bound,
  unit,
  measured
})
