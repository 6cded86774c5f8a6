import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../catalogues/catalogue.js'
import { closedLoop, type Load } from '../load/run-load.js'
import type { Generator } from './machine.js'
import type { Operators } from '../subjects/operators.js'
import { CACHE, DIST, script } from '../paths.js'
import { readReference } from '../catalogues/reference.js'
import { ask, run, start } from '../subjects/process.js'
import { byStage, type CpuProfile, type Stage, STAGES } from './stages.js'
import { figure } from '../report/table.js'
import { usage } from './usage.js'

const CONNECTIONS = 64
const SECONDS = 8

interface Profile {
  load: Load
  /** µs of CPU a request, of the whole process, as the system counts */
  cpu: number
  /** µs a request */
  main: Record<Stage, number>
  scorer: Record<Stage, number>
  operators: Operators
  /** requests of a mean batch */
  batch: number
}

/** Where the time of one request goes, as a table in Markdown: both threads by stage, and the graph by operator. */
export async function measureProfile(name: string, generator: Generator, port: number): Promise<void> {
  const profile = await take(name, generator, port)
  process.stdout.write(`${markdown(name, profile)}\n`)
}

async function take(name: string, generator: Generator, port: number): Promise<Profile> {
  const { dir } = await catalogue(name)
  const { userIds } = await readReference(dir)
  const paths = join(CACHE, 'profile.txt')
  await writeFile(paths, userIds.map((_, i) => `/recommend/${userIds[(i * 7919) % userIds.length]}\n`).join(''))

  const out = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  try {
    const args = ['--cpu-prof', '--cpu-prof-interval', '250', '--cpu-prof-dir', out, join(DIST, 'server.js')]
    const service = await start(args, port, `/recommend/${userIds[0]}`, { MODEL_DIR: dir, CACHE_BYTES: '0' })
    await closedLoop(generator, port, CONNECTIONS, 2, paths)
    const batches = await batchesOf(port)
    const before = usage(service.pid).cpu
    const from = clock()
    const load = await closedLoop(generator, port, CONNECTIONS, SECONDS, paths)
    const to = clock()
    const cpu = (usage(service.pid).cpu - before) / load.requests
    const after = await batchesOf(port)
    await service.stop()

    const batch = (after.requests - batches.requests) / (after.batches - batches.batches)
    const operators = await run<Operators>(process.execPath, [script('subjects/operators.js'), dir, `${Math.round(batch)}`])
    const perRequest = async (isMain: boolean): Promise<Record<Stage, number>> => {
      const spent = byStage(await profileOf(out, isMain), from, to)
      return Object.fromEntries(Object.entries(spent).map(([stage, us]) => [stage, us / load.requests])) as Record<Stage, number>
    }
    return { load, cpu, batch, operators, main: await perRequest(true), scorer: await perRequest(false) }
  } finally {
    await rm(out, { recursive: true })
  }
}

/** µs */
const clock = (): number => Number(process.hrtime.bigint() / 1000n)

/** One file a thread, `CPU.date.time.process.thread.number.cpuprofile`; the main thread is 0. */
async function profileOf(dir: string, isMain: boolean): Promise<CpuProfile> {
  const file = (await readdir(dir)).find(name => (name.split('.').at(-3) === '0') === isMain)
  if (!file) throw new Error(`expected a CPU profile of ${isMain ? 'the main' : 'the scoring'} thread, found none`)
  return JSON.parse(await readFile(join(dir, file), 'utf8')) as CpuProfile
}

async function batchesOf(port: number): Promise<{ requests: number; batches: number }> {
  const { body } = await ask(port, '/metrics')
  const value = (name: string): number => Number(body.match(new RegExp(`^recommender_batch_size_${name} (\\S+)$`, 'm'))?.[1])
  return { requests: value('sum'), batches: value('count') }
}

function markdown(name: string, { load, cpu, main, scorer, operators, batch }: Profile): string {
  const total = (stages: Record<Stage, number>): number => Object.values(stages).reduce((sum, us) => sum + us, 0)
  const stages = Object.entries(STAGES) as [Stage, string][]
  const most = Object.entries(operators).sort(([, a], [, b]) => b - a)
  const inGraph = most.reduce((sum, [, us]) => sum + us, 0)
  return [
    `${name}: ${CONNECTIONS} connections, ${figure(load.requests / load.seconds)} requests/s under the profiler, batches of ${figure(batch)};`,
    `µs a request. The system counts ${figure(cpu)} µs of CPU a request.`,
    '',
    '| stage | | main thread | scoring thread |',
    '| --- | --- | ---: | ---: |',
    ...stages.map(([stage, what]) => `| ${stage} | ${what} | ${figure(main[stage])} | ${figure(scorer[stage])} |`),
    `| **all** | | **${figure(total(main))}** | **${figure(total(scorer))}** |`,
    '',
    `Inside ONNX Runtime, by its own profiler, in batches of ${Math.round(batch)}:`,
    '',
    '| operator | µs a request | share |',
    '| --- | ---: | ---: |',
    ...most.slice(0, 8).map(([op, us]) => `| ${op} | ${figure(us)} | ${Math.round((100 * us) / inGraph)} % |`),
    `| all, with those too small to list | ${figure(inGraph)} | |`
  ].join('\n')
}
