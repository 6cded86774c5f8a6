import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'
import { type LambdaAnswer, startFunction } from '../fixtures/doors.js'
import { context, events } from '../fixtures/events.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())
const settings = { MODEL_DIR, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '' }
const handler = await startFunction(settings)

t.test('an event that only keeps the function warm is answered', async t => {
  for (const event of [
    {},
    { warmer: true, concurrency: 3 },
    { warmer: true, __WARMER_CORRELATIONID__: 'x', __WARMER_INVOCATION__: 1 },
    { warmup: true },
    { source: 'serverless-plugin-warmup' },
    { source: 'warmup' },
    { source: 'aws.scheduler' },
    { version: '0', id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.events', account: '1', time: 'x', resources: [], detail: {} }
  ])
    t.equal(await handler(event, context), 'warm', JSON.stringify(event))
})

t.test('and is counted apart from requests', async t => {
  const code = `
    const { handler } = await import('./dist/lambda.js')
    await handler({ warmer: true }, {})
    await handler({}, {})`
  const { out, err } = await startNode(t, ['--input-type=module', '-e', code], { MODEL_DIR }).ended
  t.equal(err, '')
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const warm = lines.filter(line => 'lambda_warm_events_total' in line)
  t.equal(warm.length, 2)
  t.equal(lines.filter(line => 'http_requests_total' in line).length, 1, 'the request that warms up the start')
  for (const line of warm) {
    t.match(line, { model: 'board/1', lambda_warm_events_total: 1, http_requests_total: undefined })
    t.match(line._aws.CloudWatchMetrics, [{ Dimensions: [['model']], Metrics: [{ Name: 'lambda_warm_events_total', Unit: 'Count' }] }])
  }
})

t.test('any other event is refused in a sentence that says what it is', async t => {
  const http = { method: 'GET', path: '/livez' }
  const cases: [event: unknown, why: string | RegExp][] = [
    [null, 'this one is null'],
    [undefined, 'this one is nothing'],
    [42, 'this one is 42'],
    ['text', 'this one is "text"'],
    [[], 'this one is []'],
    [{ Records: [{ eventSource: 'aws:sqs', body: '{}' }] }, 'this one comes from aws:sqs'],
    [{ Records: [{ EventSource: 'aws:sns', Sns: {} }] }, 'this one comes from aws:sns'],
    [{ Records: [] }, 'this one has no requestContext'],
    [{ Records: [null] }, 'this one has no requestContext'],
    [
      { arguments: { id: 4 }, identity: null, source: null, request: { headers: {} }, prev: null, info: {} },
      'this one has no requestContext'
    ],
    [{ source: 'aws.s3', 'detail-type': 'Object Created', detail: {} }, 'this one has no requestContext'],
    [
      { requestContext: { connectionId: 'x', eventType: 'CONNECT', routeKey: '$connect' }, headers: {} },
      'this one comes from a WebSocket API'
    ],
    [{ requestContext: null }, 'this one has no requestContext'],
    [{ requestContext: 'x', path: '/livez', httpMethod: 'GET' }, 'this one has no requestContext'],
    [{ requestContext: {} }, 'this one lacks a path or a method'],
    [{ version: '2.0', rawPath: '/livez', requestContext: {} }, 'this one lacks a path or a method'],
    [{ version: '2.0', rawPath: '/livez', requestContext: { http: null } }, 'this one lacks a path or a method'],
    [{ version: '2.0', rawPath: '/livez', requestContext: { http: { path: '/livez' } } }, 'this one lacks a path or a method'],
    [{ version: '2.0', requestContext: { http } }, 'this one lacks a path or a method'],
    [{ path: '/livez', requestContext: {} }, 'this one lacks a path or a method'],
    [{ path: 4, httpMethod: 'GET', requestContext: {} }, 'this one lacks a path or a method'],
    [{ path: '/recommend', httpMethod: 'POST', requestContext: {}, body: { userId: '4' } }, 'the body of this one is no text']
  ]
  for (const [event, why] of cases)
    await t.rejects(
      handler(event, context),
      { name: 'Error', message: `Expected an event of API Gateway (REST or HTTP API), a Function URL or a load balancer; ${why}` },
      JSON.stringify(event)
    )
})

t.test('what an event of a door may lack, it may lack', async t => {
  for (const [kind, eventOf] of Object.entries(events)) {
    const event = eventOf({ path: '/recommend/4' }) as unknown as Record<string, unknown> & { requestContext: Record<string, unknown> }
    const { requestContext, ...fields } = event
    const variants: [what: string, event: object][] = [
      ...Object.keys(fields)
        .filter(name => !/^(path|rawPath|httpMethod)$/.test(name))
        .flatMap((name): [string, object][] => [
          [`no ${name}`, { ...event, [name]: undefined }],
          [`${name} of null`, { ...event, [name]: null }],
          [`${name} of another type`, { ...event, [name]: name === 'body' ? '' : 42 }]
        ]),
      ...Object.keys(requestContext)
        .filter(name => !/^(http|elb)$/.test(name))
        .flatMap((name): [string, object][] => [
          [`no requestContext.${name}`, { ...event, requestContext: { ...requestContext, [name]: undefined } }],
          [`requestContext.${name} of null`, { ...event, requestContext: { ...requestContext, [name]: null } }]
        ]),
      [
        'a header of null',
        { ...event, headers: { 'x-none': null }, multiValueHeaders: kind.startsWith('HTTP') ? undefined : { 'x-none': null } }
      ],
      ['a header that is no text', { ...event, headers: { 'x-number': 4 } }],
      ['a method in lower case', JSON.parse(JSON.stringify(event).replaceAll('"GET"', '"get"'))]
    ]
    // A stage in the path is known by its name alone.
    for (const [what, variant] of variants.filter(([what]) => !(kind.endsWith('stage') && what.includes('requestContext.stage'))))
      t.match(await handler(variant, context), { statusCode: 200, body: '4,5' }, `${kind}: ${what}`)
  }
})

t.test('a method that is none is a problem like any other', async t => {
  for (const [kind, eventOf] of Object.entries(events))
    for (const method of ['FOO', 'GET /', '', 'Ünïcode']) {
      const answer = (await handler(eventOf({ path: '/recommend/4', method }), context)) as LambdaAnswer
      t.match(
        answer,
        { statusCode: 400, headers: { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' } },
        kind
      )
      t.notHas(answer.headers, { connection: String }, 'which connection it is, the door decides')
      t.match(JSON.parse(answer.body), { code: 'invalid_request', detail: /is no method of HTTP/, requestId: String })
      if (kind.endsWith('multi-value headers')) t.match(answer.multiValueHeaders, { 'content-type': ['application/problem+json'] })
    }
  for (const method of ['PROPFIND', 'TRACE', 'CONNECT', 'PATCH'])
    t.match(await handler(events['HTTP API']({ path: '/recommend/4', method }), context), { statusCode: /40[45]/ }, method)
})

for (const kind of ['ALB', 'ALB with multi-value headers']) {
  t.test(`the client behind ${kind} is the last address of X-Forwarded-For, and no other is believed`, async t => {
    const limited = await startFunction({ ...settings, RATE_LIMIT_PER_MINUTE: '1' })
    const from = async (address: string | string[]) =>
      ((await limited(events[kind]({ path: '/popular', headers: { 'x-forwarded-for': address } }), context)) as LambdaAnswer).statusCode
    t.equal(await from('203.0.113.1'), 200)
    t.equal(await from('203.0.113.2'), 200)
    t.equal(await from('203.0.113.1'), 429)
    t.equal(await from('198.51.100.7, 203.0.113.1'), 429, 'what the client claims changes nothing')
    t.equal(await from('203.0.113.3,203.0.113.2'), 429)
    t.equal(await from('203.0.113.1, 203.0.113.4'), 200)
    t.equal(await from('203.0.113.4:4711'), 429, 'a port makes no other client')
    t.equal(await from('2001:db8::1'), 200)
    t.equal(await from('[2001:db8::1]:4711'), 429)
    if (kind !== 'ALB') t.equal(await from(['203.0.113.9', '203.0.113.1']), 429, 'of several headers, the last one')
    t.equal(await from('nobody'), 200, 'without an address, all are one client')
    t.equal(await from(''), 429)
  })
}

t.test('the client behind API Gateway and Function URLs is whom they name', async t => {
  for (const kind of ['REST API', 'HTTP API']) {
    const limited = await startFunction({ ...settings, RATE_LIMIT_PER_MINUTE: '1' })
    const from = async (sourceIp: string, claimed: string) => {
      const event = JSON.stringify(events[kind]({ path: '/popular', headers: { 'x-forwarded-for': claimed } }))
      return ((await limited(JSON.parse(event.replace('203.0.113.9', sourceIp)), context)) as LambdaAnswer).statusCode
    }
    t.same(
      [await from('203.0.113.1', 'a'), await from('203.0.113.2', '203.0.113.1'), await from('203.0.113.1', '203.0.113.3')],
      [200, 200, 429],
      kind
    )
  }
})
