import t from 'tap'
import { boot } from '../../src/boot.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { doors } from '../fixtures/doors.js'
import type { Sent } from '../fixtures/events.js'
import { failsAt, nextMovieFolder } from '../fixtures/next-movie.js'

const model = await trainCheckerboard(t.testdir())
const ways = await doors(t, model, { API_KEYS: 'a-key-of-some-length', BODY_LIMIT_BYTES: '1024' })

const key = { authorization: 'Bearer a-key-of-some-length' }
const get = (path: string, headers = {}): Sent => ({ path, headers: { ...key, ...headers } })
const post = (path: string, body: string, type = 'application/json'): Sent => ({
  ...get(path, { 'content-type': type }),
  method: 'POST',
  body
})

const refused: [status: number, code: string, sent: Sent][] = [
  [400, 'invalid_request', get('/recommend/4?n=0')],
  [400, 'invalid_request', get('/recommend/%00')],
  [400, 'invalid_request', post('/recommend', '{')],
  [401, 'unauthorized', { path: '/recommend/4' }],
  [404, 'unknown_user', get('/recommend/nobody?strict=true')],
  [404, 'unknown_movie', get('/similar/777')],
  [404, 'no_route', get('/nope')],
  [405, 'method_not_allowed', { ...get('/recommend/4'), method: 'DELETE' }],
  [406, 'not_acceptable', get('/recommend/4', { accept: 'image/png' })],
  [406, 'not_acceptable', { ...post('/recommend', '{}'), headers: { ...key, accept: 'image/png', 'content-type': 'application/json' } }],
  [413, 'body_too_large', post('/recommend', `{"history":[${'1,'.repeat(600)}1]}`)],
  [415, 'unsupported_media_type', post('/recommend', 'history=1', 'application/x-www-form-urlencoded')]
]
const answered: [status: number, sent: Sent][] = [
  [200, get('/recommend/4')],
  [200, get('/recommend/4', { accept: 'application/json' })],
  [200, post('/recommend', '{"userId":"4"}')],
  [200, post('/recommend/batch', '{"users":["4"]}')],
  [200, get('/model')],
  [200, get('/livez')],
  [304, get('/recommend/4', { 'if-none-match': '*' })]
]
const secure = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'x-content-type-options': 'nosniff' }
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const named = (sent: Sent, id: string): Sent => ({ ...sent, headers: { ...sent.headers, 'x-request-id': id } })
const what = ({ method = 'GET', path }: Sent): string => `${method} ${path}`

for (const [door, send] of Object.entries(ways)) {
  t.test(`every answer by ${door} is safe to a browser, and says which request it answers and which model gave it`, async t => {
    for (const [status, sent] of answered) {
      const headers = { ...secure, 'x-request-id': 'mine', 'x-model-version': 'board/1' }
      t.match(await send(named(sent, 'mine')), { status, headers }, what(sent))
    }
  })

  t.test(`every error by ${door} is a problem document that no cache keeps`, async t => {
    for (const [status, code, sent] of refused) {
      const answer = await send(named(sent, 'mine'))
      const headers = { ...secure, 'x-request-id': 'mine', 'cache-control': 'no-store', 'content-type': /^application\/problem\+json/ }
      t.match(answer, { status, headers: { ...headers, etag: undefined } }, what(sent))
      const problem = { type: `urn:movie-recommender:${code}`, title: /^[A-Z]/, status, code, detail: /./, requestId: 'mine' }
      t.match(JSON.parse(answer.body), problem)
    }
  })

  t.test(`an id of the caller's that is harmless is taken by ${door}, any other is replaced`, async t => {
    const idOf = async (id: string): Promise<string> => (await send(named({ path: '/livez' }, id))).headers['x-request-id']
    for (const id of ['a', 'A-z_0.9:/+=', 'x'.repeat(128)]) t.equal(await idOf(id), id)
    for (const id of ['x'.repeat(129), 'two words', 'a,b', '"', 'a;b', 'x\ty', '<script>']) t.match(await idOf(id), UUID, id)
    const { headers } = await send('/livez')
    t.match(headers['x-request-id'], door.includes('API') ? /^event$/ : UUID, 'without one it has its own, or that of the event')
  })

  t.test(`304 by ${door} has no body, and the headers that caches go by`, async t => {
    const {
      headers: { etag }
    } = await send(get('/popular'))
    const { status, body, headers } = await send(get('/popular', { 'if-none-match': etag }))
    t.match({ status, body }, { status: 304, body: '' })
    t.match(headers, { etag, vary: 'accept', 'cache-control': 'private, no-cache', 'content-type': undefined })
    t.equal((await send(get('/popular', { 'if-none-match': etag, 'cache-control': 'no-cache' }))).status, 304)
    const page = await send('/page.js')
    t.match(page.headers, { etag: /^"[\w-]+"$/, 'cache-control': 'public, no-cache' })
    t.match(await send({ path: '/page.js', headers: { 'if-none-match': page.headers.etag } }), { status: 304, body: '' })
  })

  t.test(`every path that ${door} serves names its methods to one that it does not have`, async t => {
    const { paths } = JSON.parse((await send('/openapi.json')).body) as { paths: Record<string, object> }
    for (const [path, operations] of Object.entries(paths)) {
      const { status, headers } = await send({ ...get(path.replace(/\{\w+\}/, '4')), method: 'PUT' })
      t.match({ status, headers }, { status: 405, headers: { allow: 'get' in operations ? 'GET, HEAD' : 'POST' } }, path)
    }
  })

  t.test(`/ by ${door} is a page for browsers and one word for everybody else, and tells caches so`, async t => {
    for (const accept of ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html']) {
      const { headers, body } = await send({ path: '/', headers: { accept } })
      t.match(headers, {
        'content-type': 'text/html; charset=utf-8',
        vary: 'accept',
        'content-security-policy': /^default-src 'self'; frame-ancestors 'none'$/
      })
      t.match(body, /^<!doctype html>/i)
    }
    for (const accept of ['*/*', 'text/plain', 'application/json', 'text/html;q=0.5, text/plain'])
      t.match(
        await send({ path: '/', headers: { accept } }),
        { body: 'ok', headers: { 'content-type': /^text\/plain/, vary: 'accept' } },
        accept
      )
  })
}

t.test('a model that cannot answer is noticed before the service is', async t => {
  const fails = async (...args: Parameters<typeof openScorer>) => ({
    ...(await openScorer(...args)),
    score: () => Promise.reject(new Error('no such node'))
  })
  const { app, warmUp } = await boot({ MODEL_DIR: model, LOG_LEVEL: 'silent' }, { openScorer: fails, runs: 'server' })
  t.teardown(() => app.close())
  await t.rejects(warmUp(), { message: /^The first request, made to warm up, was answered with 500: .*"code":"internal"/ })
  const { statusCode, headers, body } = await app.inject('/recommend/4')
  t.match({ statusCode, headers }, { statusCode: 500, headers: { etag: undefined, 'cache-control': 'no-store' } })
  t.notMatch(body, /no such node/, 'why is for the log only')
})

t.test('a service that is not ready any more says so, serves on, and ends each connection', async t => {
  let ready = true
  const { app } = await boot({ MODEL_DIR: model, LOG_LEVEL: 'silent' }, { openScorer, runs: 'server', isReady: () => ready })
  t.teardown(() => app.close())
  const send = async (url: string): Promise<object> => {
    const { statusCode, body, headers } = await app.inject(url)
    return { statusCode, body, connection: headers.connection }
  }
  t.match(await send('/readyz'), { statusCode: 200, body: 'ready', connection: 'keep-alive' })
  ready = false
  t.match(await send('/readyz'), { statusCode: 503, body: 'shutting down', connection: 'close' })
  t.match(await send('/livez'), { statusCode: 200, body: 'ok', connection: 'close' })
  t.match(await send('/recommend/4'), { statusCode: 200, body: '4,5', connection: 'close' })
})

t.test('a request that the graph cannot answer fails alone, and not those that are scored with it', async t => {
  for (const [door, send] of Object.entries(await doors(t, await nextMovieFolder(t.testdir(), { order: true }, failsAt(7))))) {
    const answers = await Promise.all(['/recommend/3?n=7', '/recommend/4?n=2', '/recommend/5?n=3'].map(send))
    t.same(
      answers.map(({ status }) => status),
      [500, 200, 200],
      door
    )
  }
})
