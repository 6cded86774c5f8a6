import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Generator } from '../measure/machine.js'
import { CACHE, script, source } from '../paths.js'
import { run } from '../subjects/process.js'
import type { ClosedLoop, Load, OpenLoop, Overload } from './load.js'

// A generator runs in a process of its own, beside the service and beside the one that measures.

export function runClosedLoop(generator: Generator, loop: ClosedLoop): Promise<Load> {
  if (generator === 'autocannon') return generate(loop)
  const { port, connections, seconds, paths } = loop
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', source('load/closed-loop.lua')]
  return run('wrk', [...options, `http://127.0.0.1:${port}`, '--', paths])
}

export const runOpenLoop = (loop: OpenLoop): Promise<Load> => generate(loop)

export const runOverload = (loop: OpenLoop): Promise<Overload> => generate({ ...loop, over: true })

const generate = <Result>(loop: ClosedLoop | OpenLoop): Promise<Result> =>
  run(process.execPath, [script('load/generate.js'), JSON.stringify(loop)])

/** A file of paths, for these users in this order. */
export async function pathsFile(name: string, userIds: string[]): Promise<string> {
  const dir = join(CACHE, 'paths')
  await mkdir(dir, { recursive: true })
  const file = join(dir, name)
  await writeFile(file, userIds.map(userId => `/recommend/${userId}\n`).join(''))
  return file
}
