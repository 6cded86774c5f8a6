import { columns } from '../../../models/train/cli/columns.js'
import type { Comparison, Ratios, Results, Side } from '../measure/campaign.js'
import type { Exactness } from '../measure/exact.js'
import type { Leg } from '../measure/leg.js'
import type { Machine } from '../measure/machine.js'
import { percentile } from '../measure/statistics.js'

/** Three digits that count, more before the point; a dash for what is not known. */
export function figure(value: number | undefined | null): string {
  // JSON has no NaN: it says null.
  if (value === undefined || value === null || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return '∞'
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(value < 0.1 ? 2 : 3)
}

/** A number of connections, as the head of a column or a line; the first tells what is counted. */
export const loadName = (connections: number): string => (connections === 1 ? '1 connection' : `${connections}`)

export function headline({ cpu, cores, memoryGB, node, commit, date, generator, busyBefore }: Machine): string {
  const busy = `load ${busyBefore} in the minute before`
  return `${date} · ${cpu}, ${cores} cores, ${memoryGB} GB, ${busy} · Node ${node} · commit ${commit} · ${generator} beside the service`
}

/** All that was measured of a catalogue, as a person reads it. */
export function report(results: Results): string {
  const { name, items, dimensions, users, missing, exact, startup, peak, factors } = results
  const share = (rows: number): string => `${((100 * rows) / items).toPrecision(2)} %`
  return [
    `${name}: ${items.toLocaleString('en-US')} items × ${dimensions}, ${users.toLocaleString('en-US')} users`,
    `a top-10 needs ${share(exact.rowsNeeded.median)} of the rows (median), ${share(exact.rowsNeeded.p90)} (of nine in ten), by the Cauchy-Schwarz bound`,
    '',
    loads(results),
    ...(missing ? [`${SIDES.fastapi}: not measured, ${missing}`] : []),
    '',
    `${scoring(results)}`,
    `first answer ${figure(startup)} ms after the start · ${figure(peak)} MB at most, item factors ${figure(factors)} MB`,
    exactness(exact)
  ].join('\n')
}

function exactness({ users, wrong }: Exactness): string {
  const said = `${users} users asked for 10 and for 500: ${wrong.length} of the lists differ from a full product`
  return [said, ...wrong.slice(0, 5)].join('\n')
}

function loads({ closed, open }: Results): string {
  const hasFastApi = closed.some(({ medians }) => medians.fastapi)
  const head = [
    '',
    'requests/s',
    '× B',
    '× P',
    ...(hasFastApi ? ['× F'] : []),
    '× E',
    'p50 ms',
    'p99',
    'p99.9',
    'errors',
    'CPU µs',
    'main µs',
    'loop p99 ms',
    'health max ms',
    'RSS MB'
  ]
  const line = (what: string, leg: Leg, ratios?: Ratios): string[] => [
    what,
    ...[
      leg.rps,
      ratios?.toBare,
      ratios?.toPlain,
      ...(hasFastApi ? [ratios?.toFastApi] : []),
      ratios?.toEcho,
      leg.p50,
      leg.p99,
      leg.p999,
      leg.errors,
      leg.cpu,
      leg.mainCpu,
      leg.loopDelayP99,
      leg.slowestHealth,
      leg.rss
    ].map(figure)
  ]
  const lines = (load: string, medians: Comparison['medians'], ratios: Comparison['ratios']): string[][] =>
    (Object.keys(SIDES) as Side[]).flatMap(side => {
      const leg = medians[side]
      return leg ? [line(`${load}, ${SIDES[side]}`, leg, ratios[side])] : []
    })
  const rows = closed.flatMap(({ connections, medians, ratios }) => lines(`${connections} connections`, medians, ratios))
  // A fixed rate is the same for all sides.
  const fixed = open.flatMap(({ rate, medians }) => lines(`${rate}/s`, medians, {}))
  const widest = Math.max(...closed.map(spreadOf))
  return `${columns([head, ...rows, ...fixed], 'right')}\nrounds of one side lie up to ${Math.round(100 * widest)} % apart`
}

function scoring({ scoring, product }: Results): string {
  const each = scoring.map(({ batch, n, us }) => `${figure(us)} (${batch} × n ${n})`)
  const c = product ? `${figure(product.product)}, with the ten best picked ${figure(product.withTopK)}` : 'not measured: there is no gcc'
  return `ONNX Runtime alone, µs of CPU a request (batch × n): ${each.join(' · ')}\nplain product in C, batch of 32, µs of CPU a request: ${c}`
}

/** Every side of a comparison, in the order of the table. */
export const SIDES: Record<Side, string> = {
  bare: 'B bare Fastify',
  plain: 'P plain Fastify + ONNX Runtime',
  fastapi: 'F FastAPI + ONNX Runtime',
  echo: 'E without scoring',
  service: 'service',
  workers: 'service, WORKERS=2',
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
