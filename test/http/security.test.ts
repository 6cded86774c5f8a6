import t, { type Test } from 'tap'
import { boot } from '../../src/boot.js'
import { openScorer, type OpenScorer } from '../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { type Answer, type Ask, doors, server } from '../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const serve = (t: Test, env: Record<string, string>): Promise<Ask> => server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', ...env })
const health = ['/', '/livez', '/readyz', '/ping']

const [old, next] = ['an-old-key-of-some-length', 'the-next-key-of-some-length']
const withKeys = await doors(t, model, { API_KEYS: `${old},${next}` })
const withOrigins = await doors(t, model, { CORS_ORIGINS: 'https://a.example,https://b.example', API_KEYS: 'a-key-of-some-length' })

t.test('without settings: no key, no limit, no other origins', async t => {
  const ask = await serve(t, {})
  const { status, headers } = await ask({ path: '/recommend/4', headers: { origin: 'https://example.com' } })
  t.equal(status, 200)
  t.equal(headers['access-control-allow-origin'], undefined)
  t.equal(headers['x-ratelimit-limit'], undefined)
})

for (const [door, ask] of Object.entries(withKeys)) {
  t.test(`API keys by ${door}`, async t => {
    const withKey = (key: string, path = '/recommend/4') => ask({ path, headers: { authorization: `Bearer ${key}` } })

    t.test('each of several is taken, so that they can be rotated', async t => {
      for (const key of [old, next]) t.match(await withKey(key), { status: 200, body: '4,5' })
    })
    t.test('none, a wrong one, a part of one, two, or one in another form is refused', async t => {
      const wrong = ['', 'wrong', old.slice(0, -1), `${old}x`, `${old},${next}`]
      for (const answer of await Promise.all([
        ask('/recommend/4'),
        ...wrong.map(key => withKey(key)),
        ask({ path: '/recommend/4', headers: { authorization: old } })
      ])) {
        t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' } })
        t.match(JSON.parse(answer.body), { status: 401, code: 'unauthorized', detail: /Authorization: Bearer KEY/ })
      }
    })
    t.test('is asked for everywhere but at health checks, pages and the document', async t => {
      for (const path of [...health, '/page.js', '/docs', '/openapi.json']) t.match(await ask(path), { status: 200 }, path)
      for (const path of ['/recommend/4', '/popular', '/similar/4', '/model', ...(door === 'server' ? ['/metrics'] : [])])
        t.match(await ask(path), { status: 401 }, path)
      t.match(await ask({ path: '/recommend', method: 'POST', body: '{}' }), { status: 401 })
      t.match(JSON.parse((await ask('/openapi.json')).body), { security: [{ key: [] }] })
    })
  })
}

for (const [door, ask] of Object.entries(withOrigins)) {
  t.test(`CORS by ${door}`, async t => {
    t.test('lets the pages of the origins named ask, and read what they need', async t => {
      const preflight = {
        path: '/recommend',
        method: 'OPTIONS',
        headers: {
          origin: 'https://b.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type'
        }
      }
      t.match(await ask(preflight), {
        status: 204,
        body: '',
        headers: {
          'access-control-allow-origin': 'https://b.example',
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
          'access-control-allow-headers': 'authorization,content-type',
          'access-control-max-age': '600'
        }
      })
      const { headers } = await ask({
        path: '/popular',
        headers: { origin: 'https://a.example', authorization: 'Bearer a-key-of-some-length' }
      })
      t.match(headers, {
        'access-control-allow-origin': 'https://a.example',
        'access-control-expose-headers':
          'etag, retry-after, x-model-version, x-recommendation-history, x-recommendation-source, x-request-id'
      })
      const preflightOfOther = { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } }
      t.equal((await ask(preflightOfOther)).headers['access-control-allow-origin'], undefined)
    })
    t.test('and tells caches that the answer depends on the origin, too', async t => {
      for (const path of ['/popular', '/']) {
        const { headers } = await ask({ path, headers: { origin: 'https://a.example', authorization: 'Bearer a-key-of-some-length' } })
        t.match(headers.vary, /Origin, accept/i, path)
      }
    })
    t.test('names no other origin', async t => {
      const { headers } = await ask({ path: '/popular', headers: { origin: 'https://evil.example' } })
      t.equal(headers['access-control-allow-origin'], undefined)
    })
  })
}

t.test('with * every page may ask', async t => {
  const ask = await serve(t, { CORS_ORIGINS: 'https://a.example,*' })
  t.match((await ask({ path: '/popular', headers: { origin: 'https://any.example' } })).headers, { 'access-control-allow-origin': '*' })
})

t.test('rate limit', async t => {
  t.test('refuses what is too much, says when to come back, and never counts health checks', async t => {
    const ask = await serve(t, { RATE_LIMIT_PER_MINUTE: '3' })
    for (let i = 0; i < 3; i++) t.equal((await ask('/recommend/4')).status, 200)
    const refused = await ask('/recommend/4')
    t.match(refused, { status: 429, headers: { 'retry-after': /^\d+$/, 'content-type': /problem\+json/ } })
    t.match(JSON.parse(refused.body), { code: 'rate_limited', detail: /More than 3 requests in a minute/ })
    for (const path of health) t.equal((await ask(path)).status, 200, path)
  })
  t.test('counts each client behind a proxy that is trusted, and believes no other', async t => {
    const from = (ask: Ask, address: string) =>
      ask({ path: '/recommend/4', headers: { 'x-forwarded-for': address } }).then(({ status }) => status)
    const trusting = await serve(t, { RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.0/8,::1' })
    t.same([await from(trusting, '203.0.113.1'), await from(trusting, '203.0.113.2'), await from(trusting, '203.0.113.1')], [200, 200, 429])
    const doubting = await serve(t, { RATE_LIMIT_PER_MINUTE: '1' })
    t.same([await from(doubting, '203.0.113.1'), await from(doubting, '203.0.113.2')], [200, 429])
  })
})

t.test('guessing keys counts as asking', async t => {
  const ask = await serve(t, { RATE_LIMIT_PER_MINUTE: '2', API_KEYS: 'a-key-of-some-length' })
  const guess = () => ask({ path: '/popular', headers: { authorization: 'Bearer a-guess-of-some-length' } }).then(({ status }) => status)
  t.same([await guess(), await guess(), await guess()], [401, 401, 429])
})

t.test('limits of size', async t => {
  const ask = await serve(t, { BODY_LIMIT_BYTES: '1024', MAX_HEADER_BYTES: '2048' })
  const large = await ask({
    path: '/recommend',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"history":[${'1,'.repeat(600)}1]}`
  })
  t.match(JSON.parse(large.body), { status: 413, code: 'body_too_large' })
  t.match(JSON.parse((await ask({ path: '/', headers: { 'x-large': 'x'.repeat(3000) } })).body), { status: 431, code: 'headers_too_large' })
})

t.test('a full queue is refused at once, and what was taken is answered', async t => {
  const ask = await serve(t, { MAX_QUEUE: '8', MAX_BATCH: '1' })
  const batch = (size: number): Promise<Answer> =>
    ask({
      path: '/recommend/batch',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ users: Array<string>(size).fill('4') })
    })
  t.test('a batch as a whole: it gets half of the queue, and the other half stays for single requests', async t => {
    t.match(JSON.parse((await batch(4)).body).results, Array(4).fill({ status: 200, items: [{ movieId: 4 }, { movieId: 5 }] }))
    const refused = await batch(5)
    t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
    t.match(JSON.parse(refused.body), { code: 'overloaded' })
    t.ok((await ask('/metrics')).body.includes('\nrecommender_refused_total{reason="queue_full"} 1\n'))
  })
  t.test('and a single one is told when to come back', async t => {
    const { app } = await boot(
      { MODEL_DIR: model, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '', MAX_QUEUE: '1' },
      { openScorer, runs: 'function' }
    )
    t.teardown(() => app.close())
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.inject('/recommend/4')))
    const refused = answers.filter(({ statusCode }) => statusCode !== 200)
    t.ok(refused.length > 0 && refused.length < 50, `${refused.length} of 50, asked in the same turn, are refused`)
    t.ok(
      refused.every(({ statusCode, headers, json }) => statusCode === 503 && headers['retry-after'] === '1' && json().code === 'overloaded')
    )
  })
})

t.test('an answer that takes longer than allowed is given up, and health checks never wait for it', async t => {
  const never = new Promise<never>(() => {})
  const stuck: OpenScorer = async (...args) => ({ ...(await openScorer(...args)), score: () => never })
  const ask = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', HANDLER_TIMEOUT_MS: '100' }, stuck)
  const waiting = ask('/recommend/4')
  t.equal((await ask('/')).status, 200)
  t.match(JSON.parse((await waiting).body), { status: 503, code: 'timeout' })
})

t.test('while the event loop is late, requests are refused and counted, health checks are not, and Lambda refuses nobody', async t => {
  const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent', MAX_EVENT_LOOP_DELAY_MS: '5' }
  const ask = await serve(t, settings)
  const { app } = await boot({ ...settings, METRICS_NAMESPACE: '' }, { openScorer, runs: 'function' })
  t.teardown(() => app.close())
  t.equal((await ask('/recommend/4')).status, 200)
  await app.ready()
  let refusals = 0
  const counting = async (path: string): Promise<Answer> => {
    const answer = await ask(path)
    if (answer.status === 503) refusals++
    return answer
  }
  // Longer than the second between two looks at the delay: the next look sees it, or, if it came before the delay was noted, the one after.
  for (const until = performance.now() + 1100; performance.now() < until;);
  let refused = await counting('/recommend/4')
  for (
    const until = performance.now() + 2000;
    refused.status === 200 && performance.now() < until;
    refused = await counting('/recommend/4')
  )
    await new Promise(resolve => setTimeout(resolve, 50))
  t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
  t.match(JSON.parse(refused.body), { code: 'overloaded', detail: /^The event loop is late/ })
  for (const path of health) t.equal((await ask(path)).status, 200, path)
  t.equal((await app.inject('/recommend/4')).statusCode, 200)
  let figures = await counting('/metrics')
  for (; figures.status === 503; figures = await counting('/metrics')) await new Promise(resolve => setTimeout(resolve, 200))
  t.match(figures.body, `\nrecommender_refused_total{reason="event_loop"} ${refusals}\n`)
})

t.test(
  'while turns of the event loop are long, some requests are answered, the rest is refused and counted, and health checks are not',
  async t => {
    const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent', MAX_QUEUE_MS: '160' }
    /** Holds up the event loop for each request. */
    const slow = (app: Awaited<ReturnType<typeof boot>>['app']) =>
      app.addHook('preHandler', (request, _reply, done) => {
        if (request.url.startsWith('/recommend')) for (const until = performance.now() + 30; performance.now() < until;);
        done()
      })
    const { app } = await boot(settings, { openScorer, runs: 'server' })
    const address = await slow(app).listen({ host: '127.0.0.1', port: 0 })
    t.teardown(() => app.close())
    const ask = (path: string): Promise<Response> => fetch(address + path)
    const crowd = (): Promise<Response[]> => Promise.all(Array.from({ length: 20 }, () => ask('/recommend/4')))

    // Who comes while a turn is long for the first time has only come after a pause.
    const answers = [...(await crowd()), ...(await crowd()), ...(await crowd()), ...(await crowd())]
    const refused = answers.filter(({ status }) => status === 503)
    t.ok(answers.some(({ status }) => status === 200) && refused.length > 0, `${refused.length} of ${answers.length} are refused`)
    t.match(await refused[0].json(), { code: 'overloaded', detail: /^The event loop is late/ })
    t.equal(refused[0].headers.get('retry-after'), '1')
    const [busy, ...healthy] = await Promise.all([crowd(), ...health.map(ask)])
    for (const { status, url } of healthy) t.equal(status, 200, url)
    await new Promise(resolve => setTimeout(resolve, 100))
    t.equal((await ask('/recommend/4')).status, 200, 'when they are gone, others are answered')
    const refusals = [...answers, ...busy].filter(({ status }) => status === 503).length
    t.match(await (await ask('/metrics')).text(), `\nrecommender_refused_total{reason="event_loop"} ${refusals}\n`)

    const { app: lambda } = await boot({ ...settings, METRICS_NAMESPACE: '' }, { openScorer, runs: 'function' })
    slow(lambda)
    t.teardown(() => lambda.close())
    const calls = await Promise.all(Array.from({ length: 20 }, () => lambda.inject('/recommend/4')))
    t.ok(
      calls.every(({ statusCode }) => statusCode === 200),
      'a function refuses nobody'
    )
  }
)

t.test('a path that is not served needs a key and counts for the limit, as does what is refused', async t => {
  const ask = await serve(t, { RATE_LIMIT_PER_MINUTE: '4', API_KEYS: 'a-key-of-some-length' })
  const headers = { authorization: 'Bearer a-key-of-some-length' }
  const status = async (path: string, sent: object = { headers }): Promise<number> => (await ask({ path, ...sent })).status
  t.equal(await status('/nowhere', {}), 401)
  t.equal(await status('/nowhere'), 404)
  t.equal(await status('/popular?n=0'), 400)
  t.equal(await status('/popular', { headers, method: 'PUT' }), 405)
  t.equal(await status('/popular'), 429)
})

t.test('a batch counts as many requests as it has users', async t => {
  const ask = await serve(t, { RATE_LIMIT_PER_MINUTE: '5' })
  const batch = (...users: string[]): Promise<Answer> =>
    ask({
      path: '/recommend/batch',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ users })
    })
  t.equal((await batch('1', '2', '3')).status, 200)
  t.match(await batch('4', '5', '6'), { status: 429, headers: { 'retry-after': /^\d+$/ } })
})

t.test('a group counts as many requests as it has people, known or not', async t => {
  const ask = await serve(t, { RATE_LIMIT_PER_MINUTE: '5' })
  const group = (users: string[], histories: number[][]): Promise<Answer> =>
    ask({
      path: '/recommend/group',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ users, histories })
    })
  t.equal((await group(['1'], [[2], [4]])).status, 200)
  t.equal((await group([], [[2], [4], [6]])).status, 429)
})

t.test('thirty connections that send batches starve nobody', async t => {
  const ask = await serve(t, { MAX_QUEUE: '400' })
  const users = Array.from({ length: 100 }, (_, i) => String(i % 11))
  let ended = false
  const flood = async (): Promise<number> => {
    let sent = 0
    for (; !ended; sent++) {
      await ask({
        path: '/recommend/batch',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ users })
      })
    }
    return sent
  }
  const floods = Array.from({ length: 30 }, flood)
  const statuses: number[] = []
  for (let i = 0; i < 32; i++) statuses.push((await ask('/recommend/4')).status)
  ended = true
  t.ok((await Promise.all(floods)).every(sent => sent > 0))
  t.same(statuses, Array(32).fill(200))
})
