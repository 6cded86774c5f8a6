import { join } from 'node:path'
import { randomLcg } from 'd3-random'
import { type Catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { compareWithFullProduct, type Exactness } from './exact.js'
import { type Leg, measure, measureClosed } from './leg.js'
import { pathsFile, runOpenLoop } from '../load/run-load.js'
import type { Generator } from './machine.js'
import { DIST, script } from '../paths.js'
import { plainProduct, type Product } from '../subjects/plain-product.js'
import { readReference } from '../catalogues/reference.js'
import type { Scoring } from '../subjects/scoring.js'
import { get, run, type Service, start } from '../subjects/process.js'
import { median, medianRatio, medians } from './statistics.js'
import { takeTurns } from './turns.js'
import { usage } from './usage.js'

export interface Plan {
  generator: Generator
  connections: number[]
  rounds: number
  seconds: number
  /** requests a second, of the open loop */
  rates: number[]
  exactUsers: number
  startups: number
  firstPort: number
}

/** B, P, E, and the service: as it is in the main table, and with its cache, where it has one. */
export type Side = 'bare' | 'plain' | 'echo' | 'service' | 'cached'

/** What one load gave: every round, their medians (all errors and the slowest health answer), and the medians of the per-round ratios. */
export interface Comparison {
  connections: number
  rounds: Partial<Record<Side, Leg[]>>
  medians: Partial<Record<Side, Leg>>
  /** requests a second against B, P and E, CPU a request against P, and the p99 against B's */
  ratios: Partial<Record<Side, Ratios>>
}

export interface Ratios {
  toBare: number
  toPlain: number
  toEcho: number
  cpuToPlain: number
  p99ToBare: number
}

export interface Results {
  name: string
  items: number
  dimensions: number
  users: number
  /** ms from the start of the process to the first answer */
  startup: number
  /** MB at most, after all loads; and of the item factors */
  peak: number
  factors: number
  closed: Comparison[]
  open: { rate: number; bare: Leg; plain: Leg; service: Leg }[]
  scoring: Scoring
  product?: Product
  exact: Exactness
}

const CACHE_BYTES = 64 * 2 ** 20
const WARM_UP_S = 2
const LISTED = 20_000
/** Few enough that all of their answers are in the cache. */
const CACHED = 500

/** Steps of the progress that `measureCatalogue` reports. */
export const stepsOf = ({ connections, rounds, rates }: Plan): number => 3 + connections.length * rounds + rates.length

/** Everything about one catalogue. */
export async function measureCatalogue(catalogue: Catalogue, plan: Plan, onStep: (note: string) => void): Promise<Results> {
  const { name, dir } = catalogue
  const step = (note: string): void => onStep(`${name}: ${note}`)
  const model = await readReference(dir)
  const random = randomLcg(3)
  const someone = (): string => model.userIds[Math.floor(random() * model.userIds.length)]
  const paths = await pathsFile(`${name}.txt`, Array.from({ length: LISTED }, someone))
  const few = await pathsFile(`${name}-few.txt`, model.userIds.slice(0, CACHED))
  const path = `/recommend/${model.userIds[0]}`

  const service = (port: number, env: Record<string, string> = {}): Promise<Service> =>
    start([join(DIST, 'server.js')], { port, path, env: { MODEL_DIR: dir, CACHE_BYTES: '0', ...env } })
  const startups: number[] = []
  for (let i = 1; i < plan.startups; i++) {
    const once = await service(plan.firstPort)
    startups.push(once.startedIn)
    await once.stop()
  }
  const main = await service(plan.firstPort)
  startups.push(main.startedIn)
  step('started')

  const { body } = await get(main.port, path)
  const sides: Partial<Record<Side, Service>> = {
    bare: await start([script('subjects/bare.js')], { port: plan.firstPort + 1, path: '/', env: { ANSWER: body } }),
    plain: await start([script('subjects/plain.js')], { port: plan.firstPort + 4, path, env: { MODEL_DIR: dir } }),
    echo: await start([script('subjects/echo.js')], { port: plan.firstPort + 2, path, env: { MODEL_DIR: dir, CACHE_BYTES: '0' } }),
    service: main,
    ...(name === DEFAULT && { cached: await service(plan.firstPort + 3, { CACHE_BYTES: `${CACHE_BYTES}` }) })
  }
  try {
    const pathsOf = (side: Side): string => (side === 'cached' ? few : paths)
    const [connections] = plan.connections
    for (const [side, service] of entries(sides)) {
      await measureClosed(service, { ...plan, connections, seconds: WARM_UP_S, paths: pathsOf(side) })
    }
    const closed: Comparison[] = []
    for (const connections of plan.connections) closed.push(await compare(sides, connections, plan, pathsOf, step))
    const open: Results['open'] = []
    for (const rate of plan.rates) {
      const at = (service: Service): Promise<Leg> =>
        measure(service, () => runOpenLoop({ port: service.port, rate, seconds: 2 * plan.seconds, paths }))
      open.push({ rate, bare: await at(sides.bare as Service), plain: await at(sides.plain as Service), service: await at(main) })
      step(`${rate} requests/s`)
    }
    const { peak } = usage(main.pid)
    const asked = spread(model.userIds, plan.exactUsers)
    const exact = await compareWithFullProduct(model, asked, main.port)
    step(`${asked.length} users compared with the full product`)
    await stopAll(sides)

    const scoring = await scoringOf(dir, plan.rounds, VARIANTS)
    const { items, dimensions, factors } = { ...model, items: model.movieIds.length }
    const product = await plainProduct(items, dimensions, 32)
    step('ONNX Runtime alone, and the product in C')
    const users = model.userIds.length
    const sizes = { name, items, dimensions, users, startup: median(startups), peak, factors: factors.byteLength / 1e6 }
    return { ...sizes, closed, open, scoring, ...(product && { product }), exact }
  } finally {
    await stopAll(sides)
  }
}

/** Batches of one size and lists of one length, in turn. */
const VARIANTS = [...[1, 8, 32, 100].map(batch => ({ batch, n: 10 })), ...[1, 100, 500].map(n => ({ batch: 32, n }))]

export function scoringOf(dir: string, rounds: number, variants: object[]): Promise<Scoring> {
  return run(process.execPath, [script('subjects/scoring.js'), dir, `${rounds}`, JSON.stringify(variants)])
}

async function compare(
  sides: Partial<Record<Side, Service>>,
  connections: number,
  plan: Plan,
  pathsOf: (side: Side) => string,
  step: (note: string) => void
): Promise<Comparison> {
  const rounds = await takeTurns(
    sides,
    plan.rounds,
    (service, side) => measureClosed(service, { ...plan, connections, paths: pathsOf(side) }),
    ({ service, plain }) => step(`${connections} connections, ${medianRatio(rpsOf(service), rpsOf(plain)).toFixed(2)} × plain Fastify`)
  )
  return { connections, rounds, ...summary(rounds) }
}

function summary(rounds: Partial<Record<Side, Leg[]>>): Pick<Comparison, 'medians' | 'ratios'> {
  const { bare, plain, echo } = rounds
  const each = entries(rounds)
  return {
    medians: Object.fromEntries(each.map(([side, legs]) => [side, { ...medians(legs), ...worst(legs) }])),
    ratios: Object.fromEntries(
      each.map(([side, legs]) => [
        side,
        {
          toBare: medianRatio(rpsOf(legs), rpsOf(bare)),
          toPlain: medianRatio(rpsOf(legs), rpsOf(plain)),
          toEcho: medianRatio(rpsOf(legs), rpsOf(echo)),
          cpuToPlain: medianRatio(cpuOf(legs), cpuOf(plain)),
          p99ToBare: medianRatio(p99Of(legs), p99Of(bare))
        }
      ])
    )
  }
}

/** What must never happen is not averaged. */
const worst = (legs: Leg[]): Pick<Leg, 'errors' | 'slowestHealth'> => ({
  errors: legs.reduce((sum, { errors }) => sum + errors, 0),
  slowestHealth: Math.max(...legs.map(({ slowestHealth }) => slowestHealth))
})

const rpsOf = (legs: Leg[] = []): number[] => legs.map(({ rps }) => rps)
const cpuOf = (legs: Leg[] = []): number[] => legs.map(({ cpu }) => cpu)
const p99Of = (legs: Leg[] = []): number[] => legs.map(({ p99 }) => p99)

function entries<Value>(sides: Partial<Record<Side, Value>>): [Side, Value][] {
  return Object.entries(sides) as [Side, Value][]
}

async function stopAll(sides: Partial<Record<Side, Service>>): Promise<void> {
  for (const [side, service] of entries(sides)) {
    delete sides[side]
    await service.stop()
  }
}

/** So many of them, from the first to the last. */
function spread(userIds: readonly string[], count: number): string[] {
  const most = Math.min(count, userIds.length)
  return Array.from({ length: most }, (_, i) => userIds[Math.floor((i * userIds.length) / most)])
}
