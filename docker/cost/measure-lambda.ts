import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type LambdaCapacity, ONE_VCPU_MB } from './capacity.js'

const SIZES_MB = [512, 1024, ONE_VCPU_MB]
const WARM_UP = 300

/**
 * The real handler in a process of its own, invoked as by an HTTP API, one request after the other.
 *
 * @param users whose recommendations are asked for
 * @param count how many invocations count
 */
export async function measureLambda(users: string[], count: number): Promise<LambdaCapacity> {
  const started = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./invoke.js'))], {
    env: { PATH: process.env.PATH, ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  let logged = 0
  let logging = false
  child.stdout?.on('data', (chunk: Buffer) => (logged += logging ? chunk.length : 0))
  const exit = once(child, 'exit')
  const message = async (): Promise<Invoked> => {
    const [answer] = await Promise.race([
      once(child, 'message'),
      exit.then(([code]) => Promise.reject(new Error(`the function ended with ${code}`)))
    ])
    return answer as Invoked
  }
  await message()
  const initMs = performance.now() - started
  child.send({ users, count: WARM_UP })
  await message()
  logging = true
  child.send({ users, count })
  const { ms, memory } = await message()
  child.disconnect()
  await exit
  return {
    initMs,
    invocationMs: mean(ms),
    billedMs: Object.fromEntries(SIZES_MB.map(size => [size, mean(ms.map(ms => Math.ceil(ms * Math.max(1, ONE_VCPU_MB / size))))])),
    memoryMb: memory / 2 ** 20,
    logBytes: logged / count
  }
}

export interface Invoke {
  users: string[]
  count: number
}

export interface Invoked {
  /** how long each invocation took */
  ms: number[]
  memory: number
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
