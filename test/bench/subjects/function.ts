import type { handler as Handler } from '../../../src/lambda.js'
import { context, events } from '../../fixtures/events.js'
import { BUNDLE } from '../paths.js'

/** ms of the Lambda handler: from the start of the process until it can be called, and of each call. */
export interface FunctionTimes {
  init: number
  /** ms of CPU time, and bytes of memory, by then */
  initCpu: number
  initMemory: number
  calls: number[]
  /** bytes, in the end */
  memory: number
}

// User ids, joined by commas: the Lambda handler in a process of its own, called as Lambda calls it, one event after the other.
const { handler } = (await import(`${BUNDLE}lambda.js`)) as { handler: typeof Handler }
const init = performance.now()
const { user, system } = process.cpuUsage()
const initMemory = process.memoryUsage.rss()

async function call(userId: string): Promise<number> {
  const event = JSON.stringify(events['HTTP API']({ path: `/recommend/${userId}`, headers: { host: 'example.com', accept: '*/*' } }))
  const begun = performance.now()
  // What the runtime does with an event and an answer counts, too.
  const answer = (await handler(JSON.parse(event) as never, context)) as { statusCode: number }
  JSON.stringify(answer)
  const ms = performance.now() - begun
  if (answer.statusCode !== 200) throw new Error(`expected 200, found ${answer.statusCode}`)
  return ms
}

const calls: number[] = []
for (const userId of process.argv[2].split(',')) calls.push(await call(userId))
const times: FunctionTimes = { init, initCpu: (user + system) / 1000, initMemory, calls, memory: process.memoryUsage.rss() }
// The handler's thread pools would keep the process waiting.
process.stdout.write(`${JSON.stringify(times)}\n`, () => process.exit())
