import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../catalogues/catalogue.js'
import type { Load } from '../load/load.js'
import { pathsFile, runClosedLoop } from '../load/run-load.js'
import type { Generator } from './machine.js'
import type { Operators } from '../subjects/operators.js'
import { compiled, script } from '../paths.js'
import { readReference } from '../catalogues/reference.js'
import { get, run, start } from '../subjects/process.js'
import { byStage, type CpuProfile, type Stage } from './stages.js'
import { usage } from './usage.js'

export const CONNECTIONS = 64
const WARM_UP_S = 2
const SECONDS = 8

export interface Profile {
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

/** Where the time of one request goes: both threads by stage, and the graph by operator. */
export async function measureProfile(name: string, generator: Generator, port: number): Promise<Profile> {
  const { dir } = await catalogue(name)
  const { userIds } = await readReference(dir)
  const paths = await pathsFile(
    `${name}-profile.txt`,
    userIds.map((_, i) => userIds[(i * 7919) % userIds.length])
  )
  const load = (seconds: number): Promise<Load> => runClosedLoop(generator, { port, connections: CONNECTIONS, seconds, paths })

  const out = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  try {
    const args = ['--cpu-prof', '--cpu-prof-interval', '250', '--cpu-prof-dir', out, ...compiled()]
    const service = await start(args, { port, path: `/recommend/${userIds[0]}`, env: { MODEL_DIR: dir, CACHE_BYTES: '0' } })
    await load(WARM_UP_S)
    const batches = await batchesOf(port)
    const before = usage(service.pid).cpu
    const from = clock()
    const made = await load(SECONDS)
    const to = clock()
    const cpu = (usage(service.pid).cpu - before) / made.requests
    const after = await batchesOf(port)
    await service.stop()

    const batch = (after.requests - batches.requests) / (after.batches - batches.batches)
    const operators = await run<Operators>(process.execPath, [script('subjects/operators.js'), dir, `${Math.round(batch)}`])
    const perRequest = async (isMain: boolean): Promise<Record<Stage, number>> => {
      const spent = byStage(await profileOf(out, isMain), from, to)
      return Object.fromEntries(Object.entries(spent).map(([stage, us]) => [stage, us / made.requests])) as Record<Stage, number>
    }
    return { load: made, cpu, batch, operators, main: await perRequest(true), scorer: await perRequest(false) }
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
  const { body } = await get(port, '/metrics')
  const value = (name: string): number => Number(body.match(new RegExp(`^recommender_batch_size_${name} (\\S+)$`, 'm'))?.[1])
  return { requests: value('sum'), batches: value('count') }
}
