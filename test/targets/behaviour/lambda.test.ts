// The function's image, run the way Lambda runs it: every form of event, limits, freeze and thaw, the init phase.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../../../src/config.js'
import { type Container, lambdaFunction, server, skip } from '../../fixtures/containers.js'
import { events, sendTo, type Sent } from '../../fixtures/events.js'
import { LARGEST_BEHIND_ALB, LARGEST_PAYLOAD, lambdaRuntime, type LambdaRuntime } from '../../fixtures/lambda-runtime.js'
import { isWell, until } from '../../fixtures/load-balancer.js'
import { environments, healthChecks, lambda } from '../../fixtures/templates.js'

async function start(t: Test, mb: number, env: Record<string, string> = {}): Promise<{ runtime: LambdaRuntime; running: Container }> {
  const runtime = await lambdaRuntime(t, lambda.Function.Properties.Timeout)
  return { runtime, running: await lambdaFunction(t, mb, { ...environments.lambda, ...runtime.env(mb), ...env }) }
}

async function initMs(t: Test, mb: number): Promise<number> {
  const { runtime, running } = await start(t, mb)
  return (await runtime.ready) - running.startedAt
}

interface Answer {
  statusCode: number
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  body: string
  isBase64Encoded?: boolean
}
const bodyOf = ({ body, isBase64Encoded }: Answer): string => (isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
const withoutId = (text: string): string => text.replace(/"requestId":"[^"]*"/, '')

const json = { 'content-type': 'application/json' }
const posted = (body: string, path = '/recommend'): Sent => ({ path, method: 'POST', headers: json, body })
/** A history of one movie, and blanks up to that size. */
const padded = (bytes: number): string => '{"history":[589]}'.padEnd(bytes)
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

t.test('on Lambda', { skip }, async t => {
  const { port } = await server(t, 'lambda')
  await until(() => isWell(port, healthChecks['ecs-fargate']), 30_000)
  // To an event loop a freeze is a long delay, which a limit this short would refuse requests for: it has none on Lambda.
  const { runtime, running } = await start(t, 1769, { MAX_EVENT_LOOP_DELAY_MS: '10' })
  const invoke = async (event: unknown): Promise<Answer> => JSON.parse(await runtime.invoke(event)) as Answer

  await t.test('the init phase is short with a whole vCPU, and well inside its 10 s with less than a third of one', async t => {
    // The quickest of three: what else the machine does can only add to it.
    const inits = [await initMs(t, 1769), await initMs(t, 1769), await initMs(t, 1769)]
    t.ok(Math.min(...inits) < 1000, `${inits.join(', ')} ms at 1,769 MB`)
    const small = await initMs(t, 512)
    t.ok(small < 5000, `${small} ms at 512 MB`)
  })

  await t.test('a setting that cannot be used ends the init phase, and Lambda is told why', async t => {
    const { runtime, running } = await start(t, 1769, { LOG_LEVEL: 'loud' })
    await t.rejects(runtime.ready, { message: /LOG_LEVEL: expected trace, debug, info, .* found \\"loud\\"/ })
    t.not(await running.do('wait'), '0', 'the process has ended')
  })

  await t.test('every form of event is answered as the server answers the same request', async t => {
    const url = `http://127.0.0.1:${port}`
    const etag = (await sendTo(url, { path: '/recommend/42' })).headers.get('etag') ?? ''
    const asked: Sent[] = [
      { path: '/recommend/42' },
      { path: '/recommend/%34%32?n=3', headers: { accept: 'application/json' } },
      { path: '/recommend/a%2Cb%20%F0%9F%8E%AC%3F100%25' },
      { path: '/recommend/1,2' },
      { path: '/recommend/42?strict' },
      { path: '/recommend/nobody?strict=true' },
      posted('{"history":[589,1036],"n":3}'),
      posted('\u0000ÿ\u0001 binary')
    ]
    const repeated: Sent[] = [
      { path: '/popular?exclude=318&exclude=356&n=2' },
      { path: '/recommend/42', headers: { accept: ['application/json', 'text/plain;q=0.5'] } },
      { path: '/recommend/42', headers: { 'if-none-match': [etag, '"another"'] } }
    ]
    for (const [kind, eventOf] of Object.entries(events)) {
      // A load balancer hands on the last of what is repeated only, unless it is told to send multi-value headers.
      for (const sent of kind === 'ALB' ? asked : [...asked, ...repeated]) {
        const expected = await sendTo(url, sent)
        const answer = await invoke(eventOf(sent))
        t.equal(answer.statusCode, expected.status, `${kind}: ${sent.method ?? 'GET'} ${sent.path}`)
        t.equal(withoutId(bodyOf(answer)), withoutId(await expected.text()))
        const type = answer.headers?.['content-type'] ?? answer.multiValueHeaders?.['content-type']?.[0] ?? null
        t.equal(type, expected.headers.get('content-type'))
      }
    }
  })

  await t.test('a body that comes in base64 is read, whatever the door takes it for', async t => {
    for (const [kind, eventOf] of Object.entries(events)) {
      const event = eventOf(posted('{"history":[589],"n":2}'))
      const encoded = { ...event, body: Buffer.from(event.body as string).toString('base64'), isBase64Encoded: true }
      const [plain, again] = [await invoke(event), await invoke(encoded)]
      t.equal(plain.statusCode, 200, kind)
      t.equal(bodyOf(again), bodyOf(plain))
    }
  })

  await t.test('a body is taken up to the limit, and refused in a sentence up to the largest that a door lets through', async t => {
    const { BODY_LIMIT_BYTES: limit } = readConfig(environments.lambda)
    for (const [kind, eventOf] of Object.entries(events)) {
      const around = sizeOf(eventOf(posted(padded(limit)))) - limit
      const largest = kind.startsWith('ALB') ? LARGEST_BEHIND_ALB : LARGEST_PAYLOAD - around
      for (const bytes of [limit, limit + 1, largest]) {
        const answer = await invoke(eventOf(posted(padded(bytes))))
        t.equal(answer.statusCode, bytes > limit ? 413 : 200, `${kind}: ${bytes} bytes`)
        if (bytes > limit) t.match(bodyOf(answer), '"code":"body_too_large"')
      }
    }
  })

  await t.test('the largest answer is inside the limits', async t => {
    const batch = (n: number) => posted(JSON.stringify({ users: Array.from({ length: 100 }, (_, i) => `${i + 1}`), n }), '/recommend/batch')
    t.equal((await invoke(events['HTTP API'](batch(500)))).statusCode, 200, 'a hundred users, five hundred movies each')
    const behindAlb = await invoke(events['ALB with multi-value headers'](batch(100)))
    t.equal(behindAlb.statusCode, 200)
    t.ok(sizeOf(behindAlb) < LARGEST_BEHIND_ALB, 'a hundred each, behind a load balancer')
  })

  await t.test('after a freeze it answers as if nothing had been', async t => {
    const event = events['HTTP API']({ path: '/recommend/42' })
    const before = await invoke(event)
    for (const ms of [3000, 3000]) {
      await running.do('pause')
      await sleep(ms)
      await running.do('unpause')
      t.match(await invoke(event), { statusCode: 200, body: before.body })
    }
  })
})
