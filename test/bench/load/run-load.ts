import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Generator } from '../measure/machine.js'
import { CACHE, script, source } from '../paths.js'
import { run } from '../subjects/process.js'

/** What came of a load. Times in ms. */
export type Load = {
  requests: number
  seconds: number
  p50: number
  p99: number
  p999: number
  /** answers that are no 200, connections that broke, requests that timed out */
  errors: number
}

/** As many requests as `connections` make when each waits for its answer. `paths` is a file, a path a line. */
export function closedLoop(generator: Generator, port: number, connections: number, seconds: number, paths: string): Promise<Load> {
  const url = `http://127.0.0.1:${port}`
  if (generator === 'wrk') {
    const wrk = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', source('load/closed-loop.lua'), url, '--', paths]
    return run('wrk', wrk)
  }
  return run(process.execPath, [script('load/closed-loop.js'), url, `${connections}`, `${seconds}`, paths])
}

/** `rate` requests a second, whether answers come or not; an answer's time counts from when it was due. */
export function openLoop(port: number, rate: number, seconds: number, paths: string): Promise<Load> {
  return run(process.execPath, [script('load/open-loop.js'), `${port}`, `${rate}`, `${seconds}`, paths])
}

/** A file of paths, for these users in this order. */
export async function pathsFile(name: string, userIds: string[]): Promise<string> {
  const dir = join(CACHE, 'paths')
  await mkdir(dir, { recursive: true })
  const file = join(dir, name)
  await writeFile(file, userIds.map(userId => `/recommend/${userId}\n`).join(''))
  return file
}
