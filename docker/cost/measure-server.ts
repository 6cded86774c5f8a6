import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import type { ServerCapacity } from './capacity.js'
import { pace } from './pace.js'

export interface ServerRun extends ServerCapacity {
  /** requests a second when clients ask as fast as they can */
  most: number
}

const CONNECTIONS = 64

/**
 * The real server, in a process of its own and logging as it does by default, under load from this one: first as much as
 * it takes, then a share of that at an even pace, since a busier server scores larger batches and needs less CPU a request.
 * What counts is the CPU time it used, which another load on this machine changes little, and not the time that passed.
 *
 * @param users whose recommendations are asked for
 * @param share of the most, 0 to 1
 * @param seconds how long each of the two phases lasts
 */
export async function measureServer(users: string[], share: number, seconds: number): Promise<ServerRun> {
  const dir = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  const log = join(dir, 'log')
  const out = await open(log, 'w')
  const child = spawn(process.execPath, [resolve('dist/server.js')], {
    cwd: dir, // where no .env lies
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', out.fd, 'inherit']
  })
  try {
    const url = await address(log, child)
    const paths = users.map((_, i) => `/recommend/${users[(i * 97) % users.length]}`)
    await flood(url, paths, Math.min(3, seconds))
    const most = await flood(url, paths, seconds)
    const before = await used(url, child.pid as number, log)
    const { answered, bytes, p99Ms } = await pace(url, paths, most * share, seconds)
    const after = await used(url, child.pid as number, log)

    const cpu = after.cpu - before.cpu
    const busiest = Math.max(...[...after.threads].map(([id, seconds]) => seconds - (before.threads.get(id) ?? 0)))
    return {
      most,
      requestsPerVcpuSecond: answered / cpu,
      usableVcpus: cpu / busiest,
      p99Ms,
      memoryMb: after.memory / 2 ** 20,
      responseBytes: bytes / answered,
      logBytes: (after.logged - before.logged) / answered
    }
  } finally {
    child.kill()
    await once(child, 'exit')
    await out.close()
    await rm(dir, { recursive: true })
  }
}

async function address(log: string, child: ReturnType<typeof spawn>): Promise<string> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const found = (await readFile(log, 'utf8')).match(/listening on (http:\/\/[\d.]+:\d+)/)
    if (found) return found[1]
    await sleep(50)
  }
  throw new Error('dist/server.js did not listen within 10 seconds: does `npm start` work?')
}

/** @returns requests a second, when each connection asks again as soon as it is answered */
async function flood(url: string, paths: string[], duration: number): Promise<number> {
  let first = 0
  const { errors, non2xx, requests } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    // each connection begins elsewhere, or all of them would ask for the same at the same time
    setupClient: client => {
      const start = (first += 97) % paths.length
      client.setRequests([...paths.slice(start), ...paths.slice(0, start)].map(path => ({ path })))
    }
  })
  if (errors > 0 || non2xx > 0)
    throw new Error(`expected every request to be answered with 2xx, found ${errors} errors and ${non2xx} others`)
  return requests.average
}

interface Used {
  /** CPU seconds of the process */
  cpu: number
  /** CPU seconds by thread id */
  threads: Map<string, number>
  /** bytes */
  memory: number
  logged: number
}

async function used(url: string, pid: number, log: string): Promise<Used> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const figure = (name: string): number => Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1])
  return {
    cpu: figure('process_cpu_seconds_total'),
    threads: await threadTimes(pid),
    memory: figure('process_resident_memory_bytes'),
    logged: (await stat(log)).size
  }
}

/** User and system time of each thread, as https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html has it in ticks. */
async function threadTimes(pid: number): Promise<Map<string, number>> {
  const tasks = `/proc/${pid}/task`
  const ids = await readdir(tasks).catch(() => {
    throw new Error(`${tasks}: measuring needs Linux, which tells the CPU time of each thread there`)
  })
  const TICKS = 100
  const time = async (id: string): Promise<[string, number]> => {
    const stat = await readFile(join(tasks, id, 'stat'), 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [id, (Number(fields[11]) + Number(fields[12])) / TICKS]
  }
  return new Map(await Promise.all(ids.map(time)))
}
