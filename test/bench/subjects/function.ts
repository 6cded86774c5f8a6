import type { handler as Handler } from '../../../src/lambda.js'
import { DIST } from '../paths.js'
import { percentile } from '../measure/statistics.js'

/** ms of the Lambda handler: from the start of the process until it can be called, and of a call. */
export interface FunctionTimes {
  init: number
  first: number
  warm: number
  warmP99: number
}

// User ids, joined by commas: the Lambda handler, called as Lambda calls it, one event after the other.
const { handler } = (await import(`${DIST}lambda.js`)) as { handler: typeof Handler }
const init = performance.now()
const userIds = process.argv[2].split(',')

async function invoke(userId: string): Promise<number> {
  const rawPath = `/recommend/${userId}`
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'example.com', accept: '*/*' },
    requestContext: { stage: '$default', requestId: 'event', http: { method: 'GET', path: rawPath, sourceIp: '203.0.113.9' } },
    isBase64Encoded: false
  }
  const begun = performance.now()
  const { statusCode } = (await handler(event as never, { awsRequestId: 'event' } as never)) as { statusCode: number }
  const ms = performance.now() - begun
  if (statusCode !== 200) throw new Error(`expected 200, found ${statusCode}`)
  return ms
}

const first = await invoke(userIds[0])
const times: number[] = []
for (const userId of userIds) times.push(await invoke(userId))
const warm = times.slice(times.length >> 1)
const result: FunctionTimes = { init, first, warm: percentile(warm, 0.5), warmP99: percentile(warm, 0.99) }
// Its pools would keep the process waiting.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
