import { catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { readReference } from '../catalogues/reference.js'
import { script, shipped } from '../paths.js'
import type { FunctionTimes } from '../subjects/function.js'
import { run, type Start as StartOptions, start } from '../subjects/process.js'
import { medians } from './statistics.js'
import { takeTurns } from './turns.js'
import { usage } from './usage.js'

/** What one start takes: of a server, until it has answered; of a function, until it can be called. */
export interface Start extends Record<string, number> {
  ms: number
  /** ms of CPU time, of all threads */
  cpu: number
  /** MB of memory, then */
  rss: number
}

/** Medians of the starts of servers and of the function, with the default model, in turns. */
export async function measureStarts(port: number, rounds: number): Promise<Record<string, Start>> {
  const { dir } = await catalogue(DEFAULT)
  const { userIds } = await readReference(dir)
  const options: StartOptions = { port, path: `/recommend/${userIds[0]}`, env: { MODEL_DIR: dir, NODE_ENV: 'production' } }
  const server = (args: string[]) => async (): Promise<Start> => {
    const { pid, startedIn: ms, stop } = await start(args, options)
    const { cpu, rss } = usage(pid)
    await stop()
    return { ms, cpu: cpu / 1000, rss }
  }
  const lambda = async (): Promise<Start> => {
    const { init: ms, initCpu: cpu, initMemory } = await run<FunctionTimes>(process.execPath, [script('subjects/function.js'), userIds[0]])
    return { ms, cpu, rss: initMemory / 1e6 }
  }
  const sides = { plain: server([script('subjects/plain.js')]), service: server(shipped()), function: lambda }
  const measured = await takeTurns(sides, rounds, once => once())
  return Object.fromEntries(Object.entries(measured).map(([side, starts]) => [side, medians(starts)]))
}
