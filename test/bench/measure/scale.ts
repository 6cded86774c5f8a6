import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { progress } from '../../../cli/progress.js'
import { scoringOf } from './campaign.js'
import { catalogue } from '../catalogues/catalogue.js'
import { draw } from '../report/chart.js'
import type { Machine } from './machine.js'
import { measureInstances, SHARE } from './instances.js'
import { DIST } from '../paths.js'
import { start } from '../subjects/process.js'
import { median } from './statistics.js'
import { aligned, figure } from '../report/table.js'
import { usage } from './usage.js'

const ITEMS = [10_000, 62_000, 250_000, 1_000_000]
const USERS = [1000, 10_000, 100_000]
const LENGTHS = [10, 50, 165, 500, 2000]
const COUNTS = [1, 10, 100, 500]
const BATCH = 32
const MID = '62000x128'

const INSTANCES = `instances of ${SHARE} vCPU`
const CARRIED = 'requests/s'

/** One figure: `value` of `what`, at `at` of `by`. */
export interface Point {
  by: string
  at: number
  what: string
  value: number
}

const COST = 'µs of CPU a request'
const MEMORY = 'MB of memory'
const STARTUP = 'ms to the first answer'

/** How the cost of scoring, memory and start-up grow; written as JSON and as small multiples. */
export async function measureScale(
  machine: Machine,
  port: number,
  rounds: number,
  { json, svg }: { json: string; svg: string }
): Promise<void> {
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
    for (const { instances, rps } of await measureInstances(machine, port, rounds)) {
      points.push({ by: INSTANCES, at: instances, what: CARRIED, value: rps })
    }
    bar.step('instances')
  } finally {
    bar.stop()
  }
  process.stdout.write(`${scaleTable(points)}\n`)
  await writeFile(json, `${JSON.stringify({ machine, batch: BATCH, points }, null, 2)}\n`)
  await draw(smallMultiples(points, machine), svg)
  process.stdout.write(`every figure: ${json}\nchart: ${svg}\n`)
}

export function scaleTable(points: Point[]): string {
  const rows = points.map(({ by, at, what, value }) => [`${by}: ${at.toLocaleString('en-US')}`, figure(value), what])
  return aligned([['', 'figure', ''], ...rows])
}

async function modelOf(name: string, by: string, at: number, port: number, rounds: number): Promise<Point[]> {
  const { dir } = await catalogue(name)
  const [{ us }] = await scoringOf(dir, rounds, [{ batch: BATCH, n: 10 }])
  const startups: number[] = []
  let rss = 0
  for (let i = 0; i < 3; i++) {
    const service = await start([join(DIST, 'server.js')], port, '/recommend/1', { MODEL_DIR: dir })
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

function smallMultiples(points: Point[], { cpu }: Machine): object {
  const panel = (by: string, what: string): object => {
    const values = points.filter(point => point.by === by && point.what === what)
    return {
      title: { text: [what, `by ${by}`], fontSize: 12, fontWeight: 'normal' },
      width: 190,
      height: 130,
      data: { values },
      layer: [
        { mark: { type: 'line', color: '#2f6fa7', point: { size: 40, color: '#2f6fa7' } } },
        { mark: { type: 'text', dy: -9, fontSize: 10, color: '#333' }, encoding: { text: { field: 'value', format: ',.0f' } } }
      ],
      encoding: {
        x: {
          field: 'at',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', nice: false, padding: 18 },
          axis: { format: '~s', values: values.map(({ at }) => at) }
        },
        y: { field: 'value', type: 'quantitative', title: null, scale: { zero: true }, axis: { tickCount: 4 } }
      }
    }
  }
  return {
    columns: 3,
    // Without a canvas, Vega guesses too wide a text: the plots alone decide where the next one stands.
    bounds: 'flush',
    spacing: { row: 80, column: 70 },
    title: {
      text: 'What a request and a process cost as things grow',
      subtitle: [`Scoring in batches of ${BATCH}, one thread, ${cpu}.`, '62,000 items × 128 and 20,000 users where nothing else is said.']
    },
    concat: [
      panel('items', COST),
      panel('length of a history', COST),
      panel('n', COST),
      panel('users', COST),
      panel('users', MEMORY),
      panel('items', MEMORY),
      panel(INSTANCES, CARRIED)
    ]
  }
}
