import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { readReference } from '../catalogues/reference.js'
import { pathsFile, runClosedLoop, runOpenLoop } from '../load/run-load.js'
import { progress } from '../../../models/train/cli/progress.js'
import { script, shipped } from '../paths.js'
import type { FunctionTimes } from '../subjects/function.js'
import { outputOf, start } from '../subjects/process.js'
import type { Machine } from './machine.js'
import { median } from './statistics.js'
import { threadTimes, usage } from './usage.js'

/** What this service takes as it is deployed, logs and all: what sizes and bills are computed from. */
export interface Capacity {
  measured: string
  machine: string
  model: string
  /** of the most that the server takes; a busier one scores larger batches and needs less CPU a request */
  share: number
  rounds: number
  server: {
    requestsPerVcpuSecond: number
    /** CPU time of all threads by that of the busiest: with more vCPUs than that, one process is no faster */
    usableVcpus: number
    p99Ms: number
    memoryMb: number
    responseBytes: number
    logBytes: number
  }
  lambda: {
    /** memory with which a function has one vCPU; with less it has its share of one */
    vcpuMb: number
    initMs: number
    invocationMs: number
    billedMs: Record<string, number>
    memoryMb: number
    logBytes: number
  }
}

const SHARE = 0.6
const CONNECTIONS = 64
const WARM_UP_S = 3
const SECONDS = 8
const VCPU_MB = 1769
const SIZES_MB = [512, 1024, VCPU_MB]
const WARM_UP_CALLS = 300
const CALLS = 4000

/** The default model's server and function, in turn. */
export async function measureCapacity(machine: Machine, port: number, rounds: number): Promise<Capacity> {
  const { dir } = await catalogue(DEFAULT)
  const { manifest, userIds } = await readReference(dir)
  const paths = await pathsFile('capacity.txt', mixed(userIds, userIds.length))
  const bar = progress('capacity', 2 * rounds)
  const servers: Capacity['server'][] = []
  const functions: Capacity['lambda'][] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const server = await measureServer(machine, port, paths)
      servers.push(server)
      bar.step(`server: ${server.requestsPerVcpuSecond.toFixed(0)} requests a vCPU-second`)
      const lambda = await measureFunction(mixed(userIds, WARM_UP_CALLS + CALLS))
      functions.push(lambda)
      bar.step(`function: init ${lambda.initMs.toFixed(0)} ms, then ${lambda.invocationMs.toFixed(3)} ms`)
    }
  } finally {
    bar.stop()
  }
  return {
    measured: machine.date,
    machine: `${machine.cpu}, ${machine.cores} vCPUs, ${machine.system}, Node ${machine.node.slice(1)}`,
    model: `${manifest.name}/${manifest.version}`,
    share: SHARE,
    rounds,
    server: middle(servers),
    lambda: middle(functions)
  }
}

/** As much as it takes, and then a share of that. CPU time counts, which others on the machine change little. */
async function measureServer({ generator }: Machine, port: number, paths: string): Promise<Capacity['server']> {
  const dir = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  const log = await open(join(dir, 'log'), 'w')
  const server = await start(shipped(), { port, path: '/', env: { LOG_LEVEL: 'info' }, stdout: log.fd })
  try {
    const closed = { port, connections: CONNECTIONS, paths }
    await runClosedLoop(generator, { ...closed, seconds: WARM_UP_S })
    const most = await runClosedLoop(generator, { ...closed, seconds: SECONDS })
    const used = async (): Promise<{ threads: Map<string, number>; logged: number }> => ({
      threads: threadTimes(server.pid),
      logged: (await log.stat()).size
    })
    const before = await used()
    const load = await runOpenLoop({ port, rate: (SHARE * most.requests) / most.seconds, seconds: SECONDS, paths })
    const after = await used()
    if (most.errors + load.errors > 0)
      throw new Error(`expected every request to be answered with 200, ${most.errors + load.errors} were not`)

    const busy = [...after.threads].map(([id, us]) => us - (before.threads.get(id) ?? 0))
    const cpu = busy.reduce((sum, us) => sum + us, 0)
    return {
      requestsPerVcpuSecond: (load.requests / cpu) * 1e6,
      usableVcpus: cpu / Math.max(...busy),
      p99Ms: load.p99,
      memoryMb: usage(server.pid).rss,
      responseBytes: load.bytes / load.requests,
      logBytes: (after.logged - before.logged) / load.requests
    }
  } finally {
    await server.stop()
    await log.close()
    await rm(dir, { recursive: true })
  }
}

async function measureFunction(userIds: string[]): Promise<Capacity['lambda']> {
  const lines = await outputOf(process.execPath, [script('subjects/function.js'), userIds.join(',')])
  const { init, calls, memory } = JSON.parse(lines.pop() ?? '') as FunctionTimes
  const warm = calls.slice(WARM_UP_CALLS)
  const billed = (mb: number): number => mean(warm.map(ms => Math.ceil(ms * Math.max(1, VCPU_MB / mb))))
  return {
    vcpuMb: VCPU_MB,
    initMs: init,
    invocationMs: mean(warm),
    billedMs: Object.fromEntries(SIZES_MB.map(mb => [mb, billed(mb)])),
    memoryMb: memory / 2 ** 20,
    logBytes: Buffer.byteLength(lines.join('\n')) / calls.length
  }
}

/** So many of them, neighbours far apart. */
const mixed = (userIds: string[], count: number): string[] => Array.from({ length: count }, (_, i) => userIds[(i * 97) % userIds.length])

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

interface Figures {
  [name: string]: number | Figures
}

/** Figure by figure the median of all rounds, to four digits. */
function middle<Round extends Figures>(rounds: Round[]): Round {
  const of = (values: (number | Figures)[]): number | Figures =>
    typeof values[0] === 'object' ? middle(values as Figures[]) : Number(median(values as number[]).toPrecision(4))
  return Object.fromEntries(Object.keys(rounds[0]).map(name => [name, of(rounds.map(round => round[name]))])) as Round
}
