import { cpus } from 'node:os'
import { randomLcg } from 'd3-random'
import { type Catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { compareWithFullProduct, type Exactness } from './exact.js'
import { compareAnswers } from './same-answers.js'
import { type Leg, measure, measureClosed } from './leg.js'
import { pathsFile, runOpenLoop } from '../load/run-load.js'
import type { Generator } from './machine.js'
import { asShipped, script, shipped } from '../paths.js'
import { type Python, startFastApi } from '../subjects/fastapi.js'
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
  /** for F, if that is wanted */
  python?: Python
}

/** B, P, F, E, and the service: as it is in the main table; with its cache, and as two processes, of the default model. */
export type Side = 'bare' | 'plain' | 'fastapi' | 'echo' | 'service' | 'cached' | 'workers'

/** What one load gave: every round, their medians (all errors and the slowest health answer), and the medians of the per-round ratios. */
export interface Comparison {
  rounds: Partial<Record<Side, Leg[]>>
  medians: Partial<Record<Side, Leg>>
  /** requests a second against B, P, F and E, CPU a request against P, and the p99 against B's */
  ratios: Partial<Record<Side, Ratios>>
}

/** NaN against a side that is not there. */
export interface Ratios {
  toBare: number
  toPlain: number
  toFastApi: number
  toEcho: number
  cpuToPlain: number
}

export type Closed = Comparison & { connections: number }
export type Open = Comparison & { rate: number }

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
  closed: Closed[]
  open: Open[]
  /** why there is no F, though it was wanted */
  missing?: string
  scoring: Scoring
  product?: Product
  exact: Exactness
}

const CACHE_BYTES = 64 * 2 ** 20
const WARM_UP_S = 2
const LISTED = 20_000
/** Few enough that all of their answers are in the cache. */
const CACHED = 500
/** Numbers of connections that two processes are measured with. */
const SHARED = [16, 64]
/** What is measured at a fixed rate, and s a turn at least: CPU time is told in hundredths of a second. */
const AT_RATE: Side[] = ['bare', 'plain', 'fastapi', 'service']
const AT_RATE_S = 5
/** Sides that answer what the service answers: the same graph. */
const SAME: Side[] = ['plain', 'fastapi', 'workers']

/** Steps of the progress that `measureCatalogue` reports. */
export const stepsOf = ({ connections, rounds, rates }: Plan): number => 3 + (connections.length + rates.length) * rounds

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

  const startups: number[] = []
  for (let i = 1; i < plan.startups; i++) {
    const once = await startService(dir, plan.firstPort, path)
    startups.push(once.startedIn)
    await once.stop()
  }
  const main = await startService(dir, plan.firstPort, path)
  startups.push(main.startedIn)
  step('started')

  const sides: Sides = { service: main }
  try {
    await startOthers(sides, catalogue, plan, path)
    const asked = spread(model.userIds, plan.exactUsers)
    for (const side of SAME) await compareAnswers(main, sides[side], asked)
    const pathsOf = (side: Side): string => (side === 'cached' ? few : paths)
    for (const [side, service] of entries(sides)) {
      // Few and many go different ways in the service, and one connection reaches one process only.
      for (const connections of [Math.min(...plan.connections), Math.max(...plan.connections)]) {
        await measureClosed(service, { ...plan, connections, seconds: WARM_UP_S, paths: pathsOf(side) })
      }
    }
    const closed: Closed[] = []
    for (const connections of plan.connections) closed.push(await compareClosed(sides, connections, plan, pathsOf, step))
    const open: Open[] = []
    for (const rate of plan.rates) open.push(await compareOpen(sides, rate, plan, paths, step))
    const { peak } = usage(main.pid)
    const exact = await compareWithFullProduct(model, asked, main.port)
    step(`${asked.length} users compared with the full product`)
    await stopAll(sides)

    const scoring = await scoringOf(dir, plan.rounds, VARIANTS)
    const { items, dimensions, factors } = { ...model, items: model.movieIds.length }
    const product = await plainProduct(items, dimensions, 32)
    step('ONNX Runtime alone, and the product in C')
    const users = model.userIds.length
    const sizes = { name, items, dimensions, users, startup: median(startups), peak, factors: factors.byteLength / 1e6 }
    const missing = plan.python && 'missing' in plan.python ? plan.python.missing : undefined
    return { ...sizes, closed, open, missing, scoring, ...(product && { product }), exact }
  } finally {
    await stopAll(sides)
  }
}

type Sides = Partial<Record<Side, Service>>

const startService = (dir: string, port: number, path: string, env: Record<string, string> = {}): Promise<Service> =>
  start(shipped(), { port, path, env: { MODEL_DIR: dir, CACHE_BYTES: '0', ...env } })

/** Starts what the service is measured beside, one after the other, so that all that are up can be stopped if one fails. */
async function startOthers(sides: Sides, { name, dir }: Catalogue, { firstPort, python }: Plan, path: string): Promise<void> {
  const { body } = await get(firstPort, path)
  sides.bare = await start([script('subjects/bare.js')], { port: firstPort + 1, path: '/', env: { ANSWER: body } })
  sides.plain = await start([script('subjects/plain.js')], { port: firstPort + 4, path, env: { MODEL_DIR: dir } })
  if (python && 'command' in python) sides.fastapi = await startFastApi(python.command, { port: firstPort + 6, path, dir })
  sides.echo = await start(asShipped(script('subjects/echo.js')), { port: firstPort + 2, path, env: { MODEL_DIR: dir, CACHE_BYTES: '0' } })
  if (name !== DEFAULT) return
  sides.cached = await startService(dir, firstPort + 3, path, { CACHE_BYTES: `${CACHE_BYTES}` })
  if (cpus().length > 1) sides.workers = await startService(dir, firstPort + 5, path, { WORKERS: '2' })
}

/** Batches of one size and lists of one length, in turn. */
const VARIANTS = [...[1, 8, 32, 100].map(batch => ({ batch, n: 10 })), ...[1, 100, 500].map(n => ({ batch: 32, n }))]

export function scoringOf(dir: string, rounds: number, variants: object[]): Promise<Scoring> {
  return run(process.execPath, [script('subjects/scoring.js'), dir, `${rounds}`, JSON.stringify(variants)])
}

async function compareClosed(
  { workers, ...others }: Sides,
  connections: number,
  plan: Plan,
  pathsOf: (side: Side) => string,
  step: (note: string) => void
): Promise<Closed> {
  const rounds = await takeTurns<Side, Service, Leg>(
    { ...others, ...(workers && SHARED.includes(connections) && { workers }) },
    plan.rounds,
    (service, side) => measureClosed(service, { ...plan, connections, paths: pathsOf(side) }),
    ({ service, plain }) => step(`${connections} connections, ${medianRatio(rpsOf(service), rpsOf(plain)).toFixed(2)} × plain Fastify`)
  )
  return { connections, ...compare(rounds) }
}

async function compareOpen(
  sides: Sides,
  rate: number,
  { rounds: count, seconds }: Plan,
  paths: string,
  step: (note: string) => void
): Promise<Open> {
  const rounds = await takeTurns<Side, Service, Leg>(
    Object.fromEntries(entries(sides).filter(([side]) => AT_RATE.includes(side))),
    count,
    service => measure(service, () => runOpenLoop({ port: service.port, rate, seconds: Math.max(seconds, AT_RATE_S), paths })),
    ({ service, plain }) => step(`${rate} requests/s, ${medianRatio(cpuOf(service), cpuOf(plain)).toFixed(2)} × the CPU of plain Fastify`)
  )
  return { rate, ...compare(rounds) }
}

function compare(rounds: Partial<Record<Side, Leg[]>>): Comparison {
  const { bare, plain, fastapi, echo } = rounds
  const each = entries(rounds)
  const ratio = (figureOf: typeof rpsOf, legs: Leg[], control?: Leg[]): number =>
    control ? medianRatio(figureOf(legs), figureOf(control)) : Number.NaN
  return {
    rounds,
    medians: Object.fromEntries(each.map(([side, legs]) => [side, { ...medians(legs), ...worst(legs) }])),
    ratios: Object.fromEntries(
      each.map(([side, legs]) => [
        side,
        {
          toBare: ratio(rpsOf, legs, bare),
          toPlain: ratio(rpsOf, legs, plain),
          toFastApi: ratio(rpsOf, legs, fastapi),
          toEcho: ratio(rpsOf, legs, echo),
          cpuToPlain: ratio(cpuOf, legs, plain)
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

const rpsOf = (legs: Leg[]): number[] => legs.map(({ rps }) => rps)
const cpuOf = (legs: Leg[]): number[] => legs.map(({ cpu }) => cpu)

function entries<Value>(sides: Partial<Record<Side, Value>>): [Side, Value][] {
  return Object.entries(sides) as [Side, Value][]
}

async function stopAll(sides: Sides): Promise<void> {
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
