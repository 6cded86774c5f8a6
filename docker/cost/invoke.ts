import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Invoke, Invoked } from './measure-lambda.js'

/** The process that `measureLambda` starts: init, as Lambda does it; then invocations, as many as it is told to make. */

const { handler } = (await import(pathToFileURL(resolve('dist/lambda.js')).href)) as {
  handler: (event: unknown, context: unknown) => Promise<{ statusCode: number }>
}

/** As an HTTP API sends it: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const eventFor = (user: string): string =>
  JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath: `/recommend/${user}`,
    rawQueryString: '',
    headers: { accept: '*/*', host: 'api.example.com', 'user-agent': 'measure', 'x-forwarded-for': '203.0.113.1' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'GET', path: `/recommend/${user}`, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'measure' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1767225600000
    },
    isBase64Encoded: false
  })

process.on('message', ({ users, count }: Invoke) => void invoke(users, count).then(result => process.send?.(result)))
process.send?.({ ms: [], memory: 0 } satisfies Invoked)

async function invoke(users: string[], count: number): Promise<Invoked> {
  const ms: number[] = []
  for (let i = 0; i < count; i++) {
    const text = eventFor(users[(i * 97) % users.length])
    const started = performance.now()
    // what the runtime does with it counts as well
    const { statusCode, ...rest } = await handler(JSON.parse(text), { awsRequestId: randomUUID(), callbackWaitsForEmptyEventLoop: true })
    JSON.stringify(rest)
    ms.push(performance.now() - started)
    if (statusCode !== 200) throw new Error(`expected 200, found ${statusCode}`)
  }
  return { ms, memory: process.memoryUsage.rss() }
}
