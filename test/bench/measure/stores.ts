import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { progress } from '../../../models/train/cli/progress.js'
import { startRedis } from '../../fixtures/redis.js'
import { catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { readReference } from '../catalogues/reference.js'
import { pathsFile } from '../load/run-load.js'
import { compiled } from '../paths.js'
import { get, type Service, start } from '../subjects/process.js'
import { type Leg, measureClosed } from './leg.js'
import type { Generator } from './machine.js'
import { medianRatio, medians } from './statistics.js'
import { takeTurns } from './turns.js'

const CONNECTIONS = 64
const WARM_UP_S = 3
/** What is kept of each user beside what the model folder has. */
const RATINGS = 10
const MOST_AT_ONCE = 1000

/** The service with a store of ratings: medians, and the medians of the ratios to the one without, by round. */
export interface Stored {
  store: string
  leg: Leg
  ratios: { rps: number; cpu: number }
  /** reads that the store did not answer in time */
  late: number
}

/** Without a store, with one in a folder and with one in Valkey or Redis, which take turns. Every user has ratings there. */
export async function measureStores(plan: { generator: Generator; firstPort: number; rounds: number; seconds: number }): Promise<Stored[]> {
  const { userIds } = await readReference((await catalogue(DEFAULT)).dir)
  const paths = await pathsFile(
    'stores.txt',
    userIds.map((_, i) => userIds[(i * 97) % userIds.length])
  )
  const dir = await mkdtemp(join(tmpdir(), 'histories-'))
  const ends: (() => unknown)[] = [() => rm(dir, { recursive: true })]
  const redis = await startRedis({ teardown: end => void ends.unshift(end as () => unknown) })
  const stores = { none: '', file: `file:${dir}`, ...(redis && { redis: redis.url }) }
  const bar = progress('stores', plan.rounds)
  const sides: Record<string, Service> = {}
  try {
    for (const [name, HISTORY_STORE] of Object.entries(stores)) {
      const port = plan.firstPort + Object.keys(sides).length
      sides[name] = await start(compiled(), { port, path: '/readyz', env: { HISTORY_STORE } })
      if (HISTORY_STORE) await fill(sides[name], userIds)
    }
    const load = (service: Service, seconds: number): Promise<Leg> =>
      measureClosed(service, { ...plan, connections: CONNECTIONS, seconds, paths })
    for (const service of Object.values(sides)) await load(service, WARM_UP_S)
    const rounds = await takeTurns(
      sides,
      plan.rounds,
      service => load(service, plan.seconds),
      () => bar.step(`${CONNECTIONS} connections`)
    )
    const ratio = (name: string, figure: 'rps' | 'cpu'): number =>
      medianRatio(
        rounds[name].map(leg => leg[figure]),
        rounds.none.map(leg => leg[figure])
      )
    const row = async (name: string): Promise<Stored> => ({
      store: name,
      leg: medians(rounds[name]),
      ratios: { rps: ratio(name, 'rps'), cpu: ratio(name, 'cpu') },
      late: await lateReads(sides[name])
    })
    return await Promise.all(Object.keys(sides).map(row))
  } finally {
    bar.stop()
    for (const service of Object.values(sides)) await service.stop()
    for (const end of ends) await end()
  }
}

async function fill({ port }: Service, userIds: readonly string[]): Promise<void> {
  const { body } = await get(port, `/popular?n=${RATINGS}`)
  const ratings = userIds.flatMap(userId => body.split(',').map((movieId, i) => ({ userId, movieId, rating: 3 + (i % 3) })))
  for (let from = 0; from < ratings.length; from += MOST_AT_ONCE) {
    const some = ratings.slice(from, from + MOST_AT_ONCE)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://127.0.0.1:${port}/ratings`, { method: 'POST', headers, body: JSON.stringify({ ratings: some }) })
    const { results } = (await response.json()) as { results: { status: number }[] }
    if (results.some(({ status }) => status !== 204)) throw new Error('the store did not keep all of the ratings to measure with')
  }
}

async function lateReads({ port }: Service): Promise<number> {
  const { body } = await get(port, '/metrics')
  return Number(body.match(/^recommender_store_errors_total\{operation="read"\} (\S+)$/m)?.[1])
}
