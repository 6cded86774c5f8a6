import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { whole } from '../../models/train/cli/parsers.js'
import { progress } from '../../models/train/cli/progress.js'
import { run } from '../../models/train/cli/run.js'
import { catalogue, catalogueName, DEFAULT } from './catalogues/catalogue.js'
import { measureAgainst } from './measure/against.js'
import { measureCatalogue, type Plan, type Results, stepsOf } from './measure/campaign.js'
import { measureCapacity } from './measure/capacity.js'
import { type Machine, machine } from './measure/machine.js'
import { measureProfile } from './measure/profile.js'
import { BATCH, measureScale } from './measure/scale.js'
import { measureStarts } from './measure/starts.js'
import { measureStores } from './measure/stores.js'
import { CACHE } from './paths.js'
import { findPython } from './subjects/fastapi.js'
import { againstTable } from './report/against.js'
import { profileTable } from './report/profile.js'
import { promisesOf, promisesOfFunction, promiseTable } from './report/promises.js'
import { scaleChart, scaleTable } from './report/scale.js'
import { startsTable } from './report/starts.js'
import { storesTable } from './report/stores.js'
import { headline, report } from './report/table.js'
import { throughputChart } from './report/throughput-chart.js'

interface Options {
  long: boolean
  scale: boolean
  profile: boolean
  starts: boolean
  stores: boolean
  peers: boolean
  capacity: boolean
  against?: string
  catalogues?: string[]
  rounds?: number
  seconds?: number
  json?: string
  svg?: string
  port: number
}

const SHORT = { connections: [1, 4, 16, 64, 256], rounds: 6, seconds: 2, rates: [100, 1000], exactUsers: 200, startups: 3 }
const LONG = { connections: [1, 4, 16, 64, 256], rounds: 9, seconds: 5, rates: [100, 1000, 4000, 8000], exactUsers: 1000, startups: 5 }
/** Numbers of connections that large catalogues are spared, as fixed rates are, for the time it takes. */
const DEFAULT_ONLY = [4, 16]
const AGAINST = { rounds: 6, seconds: 3 }
const STARTS = 11
const CATALOGUES = [DEFAULT, '62000x128', '1000000x128']
const MORE = [DEFAULT, '62000x64', '62000x128', '1000000x64', '1000000x128']

const names = (text: string, before: string[] = []): string[] => [...before, ...text.split(',').map(catalogueName)]

await run(
  new Command('npm run bench --')
    .description(
      'Measures the service beside bare Fastify (B), plain Fastify + ONNX Runtime (P), itself without scoring (E) and ONNX Runtime\n' +
        'alone, in turns. Random users, nothing cached but in the rows that say so. A quarter of an hour; catalogues are generated once and kept in build/bench.'
    )
    .option('--long', 'more rounds, longer ones, more catalogues, rates and users: about an hour', false)
    .option('--peers', 'beside FastAPI + ONNX Runtime (F) as well, where Python is at hand; the first time it installs them', false)
    .option('--against <dir>', 'instead: this checkout beside another one, which is built there')
    .option('--capacity', 'instead: what a server and a function take as they are deployed, for docker/cost/capacity.json', false)
    .option('--scale', 'instead: how cost grows with items, users, history length, n and instances', false)
    .option('--profile', 'instead: where the time of one request goes, as a table in Markdown', false)
    .option('--starts', 'instead: how long a server takes to its first answer, and a function until it can be called', false)
    .option('--stores', 'instead: what it costs to keep ratings, in a folder, and in Valkey or Redis where there is one', false)
    .option('--catalogues <names>', 'default or ITEMSxDIMENSIONS, joined by commas', names)
    .option('--rounds <count>', 'how often every side has its turn', whole(1, 1000))
    .option('--seconds <count>', 'how long a turn is', whole(1, 3600))
    .option('--json <file>', 'write every figure there; without it into build/bench')
    .option('--svg <file>', 'draw the chart there; without it into build/bench')
    .option('--port <port>', 'first of ten ports to use', whole(1, 65_000), 18500)
    .showHelpAfterError()
    .action(bench)
)

async function bench(options: Options): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const where = machine()
  say(headline(where))
  if (options.against !== undefined) await against(options.against, where, options)
  else if (options.capacity) await capacity(where, options)
  else if (options.scale) await scale(where, options)
  else if (options.starts) await starts(options)
  else if (options.stores) await stores(where, options)
  else if (options.profile) await profile(where, options)
  else await campaign(where, options)
}

async function against(dir: string, { generator }: Machine, { rounds, seconds, json, port }: Options): Promise<void> {
  const plan = { generator, firstPort: port, rounds: rounds ?? AGAINST.rounds, seconds: seconds ?? AGAINST.seconds }
  const all = await measureAgainst(dir, plan)
  say(`\n${againstTable(all, dir)}`)
  await writeJson(json, 'against', { plan, all })
}

async function capacity(where: Machine, { rounds = SHORT.rounds, json, port }: Options): Promise<void> {
  const measured = await measureCapacity(where, port, rounds)
  say(`\n${promiseTable(promisesOfFunction(measured.lambda))}`)
  await writeJson(json, 'capacity', measured)
}

async function scale(where: Machine, { rounds = SHORT.rounds, json, svg, port }: Options): Promise<void> {
  const points = await measureScale(where.generator, port, rounds)
  say(`\n${scaleTable(points)}`)
  await writeJson(json, 'scale', { machine: where, batch: BATCH, points })
  await writeChart(svg, 'scale', await scaleChart(points, where))
}

async function starts({ rounds = STARTS, json, port }: Options): Promise<void> {
  const measured = await measureStarts(port, rounds)
  say(`\n${startsTable(measured)}`)
  await writeJson(json, 'starts', measured)
}

async function stores({ generator }: Machine, { rounds, seconds, json, port }: Options): Promise<void> {
  const plan = { generator, firstPort: port, rounds: rounds ?? AGAINST.rounds, seconds: seconds ?? AGAINST.seconds }
  const all = await measureStores(plan)
  say(`\n${storesTable(all)}`)
  await writeJson(json, 'stores', { plan, all })
}

async function profile({ generator }: Machine, { catalogues: [name] = [DEFAULT], port }: Options): Promise<void> {
  say(profileTable(name, await measureProfile(name, generator, port)))
}

async function campaign(where: Machine, { long, peers, catalogues, rounds, seconds, json, svg, port }: Options): Promise<void> {
  const form = long ? LONG : SHORT
  const plan: Plan = {
    ...form,
    generator: where.generator,
    firstPort: port,
    rounds: rounds ?? form.rounds,
    seconds: seconds ?? form.seconds,
    python: peers ? findPython() : undefined
  }
  const wanted = catalogues ?? (long ? MORE : CATALOGUES)
  const all: Results[] = []
  const planFor = (name: string): Plan =>
    name === DEFAULT ? plan : { ...plan, connections: plan.connections.filter(count => !DEFAULT_ONLY.includes(count)), rates: [] }
  const bar = progress(
    'bench',
    wanted.reduce((sum, name) => sum + 1 + stepsOf(planFor(name)), 0)
  )
  try {
    for (const name of wanted) {
      const made = await catalogue(name)
      bar.step(`${name}: at hand`)
      all.push(await measureCatalogue(made, planFor(name), note => bar.step(note)))
    }
  } finally {
    bar.stop()
  }
  for (const results of all) say(`\n${report(results)}\n\n${promiseTable(promisesOf(results))}`)
  say(
    '\nB: Fastify answering a constant of the same size. E: the service without scoring. CPU: µs a request, of the process and of its main thread.'
  )
  await writeJson(json, 'bench', { machine: where, plan, catalogues: all })
  await writeChart(svg, 'bench', await throughputChart(all, where))
  if (all.some(({ exact, closed }) => exact.wrong.length > 0 || closed.some(({ medians }) => medians.service?.errors))) {
    throw new Error('answers were wrong or failed: see above')
  }
}

async function writeJson(file: string | undefined, name: string, figures: object): Promise<void> {
  const to = file ?? join(CACHE, `${name}.json`)
  await writeFile(to, `${JSON.stringify(figures, null, 2)}\n`)
  say(`every figure: ${to}`)
}

async function writeChart(file: string | undefined, name: string, svg: string): Promise<void> {
  const to = file ?? join(CACHE, `${name}.svg`)
  await writeFile(to, svg)
  say(`chart: ${to}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
