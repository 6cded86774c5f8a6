import { progress } from '../../../models/train/cli/progress.js'
import { scoringOf } from './campaign.js'
import { catalogue } from '../catalogues/catalogue.js'
import type { Generator } from './machine.js'
import { measureInstances, SHARE } from './instances.js'
import { shipped } from '../paths.js'
import { start } from '../subjects/process.js'
import { median } from './statistics.js'
import { usage } from './usage.js'

const ITEMS = [10_000, 62_000, 250_000, 1_000_000]
const USERS = [1000, 10_000, 100_000]
const LENGTHS = [10, 50, 165, 500, 2000]
const COUNTS = [1, 10, 100, 500]
export const BATCH = 32
const MID = '62000x128'

export const INSTANCES = `instances of ${SHARE} vCPU`
export const CARRIED = 'requests/s'

/** One figure: `value` of `what`, at `at` of `by`. */
export interface Point {
  by: string
  at: number
  what: string
  value: number
}

export const COST = 'µs of CPU a request'
export const MEMORY = 'MB of memory'
const STARTUP = 'ms to the first answer'

/** How the cost of scoring, memory and start-up grow. */
export async function measureScale(generator: Generator, port: number, rounds: number): Promise<Point[]> {
  const bar = progress('scale', ITEMS.length + USERS.length + 3)
  const points: Point[] = []
  try {
    for (const items of ITEMS) {
      points.push(...(await modelOf(`${items}x128`, 'items', items, port, rounds)))
      bar.step(`${items} items`)
    }
    for (const users of USERS) {
      points.push(...(await modelOf(`${MID}x${users}`, 'users', users, port, rounds)))
      bar.step(`${users} users`)
    }
    const { dir } = await catalogue(MID)
    const byLength = await scoringOf(
      dir,
      rounds,
      LENGTHS.map(length => ({ batch: BATCH, n: 10, length }))
    )
    for (const { length, us } of byLength) points.push({ by: 'length of a history', at: length ?? 0, what: COST, value: us })
    bar.step('lengths')
    const byCount = await scoringOf(
      dir,
      rounds,
      COUNTS.map(n => ({ batch: BATCH, n }))
    )
    for (const { n, us } of byCount) points.push({ by: 'n', at: n, what: COST, value: us })
    bar.step('n')
    for (const { instances, rps } of await measureInstances(generator, port, rounds)) {
      points.push({ by: INSTANCES, at: instances, what: CARRIED, value: rps })
    }
    bar.step('instances')
  } finally {
    bar.stop()
  }
  return points
}

async function modelOf(name: string, by: string, at: number, port: number, rounds: number): Promise<Point[]> {
  const { dir } = await catalogue(name)
  const [{ us }] = await scoringOf(dir, rounds, [{ batch: BATCH, n: 10 }])
  const startups: number[] = []
  let rss = 0
  for (let i = 0; i < 3; i++) {
    const service = await start(shipped(), { port, path: '/recommend/1', env: { MODEL_DIR: dir } })
    startups.push(service.startedIn)
    rss = usage(service.pid).peak
    await service.stop()
  }
  return [
    { by, at, what: COST, value: us },
    { by, at, what: MEMORY, value: rss },
    { by, at, what: STARTUP, value: median(startups) }
  ]
}
