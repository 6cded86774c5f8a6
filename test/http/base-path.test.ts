import t from 'tap'
import { readConfig } from '../../src/config.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { doors, type LambdaAnswer, startApp, startFunction } from '../fixtures/doors.js'
import { context, events } from '../fixtures/events.js'

const model = await trainCheckerboard(t.testdir())
const ways = await doors(t, model, { BASE_PATH: '/films/v1' })
const handler = await startFunction({ MODEL_DIR: model, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '' })

const page = { accept: 'text/html' }
/** What the links of a page start at. No link may come before it. */
const baseOf = (body: string): string | undefined => /^<!doctype html>\s*<html[^>]*>\s*<head>\s*<base href="([^"]*)"/.exec(body)?.[1]

for (const [door, send] of Object.entries(ways)) {
  t.test(`everything is served with BASE_PATH in front by ${door}, and without`, async t => {
    for (const prefix of ['/films/v1', '']) {
      for (const path of ['/', '/livez', '/readyz', '/ping']) t.match(await send(prefix + path), { status: 200 }, prefix + path)
      t.match(await send(`${prefix}/recommend/4`), { status: 200, body: '4,5' })
      t.match(await send(`${prefix}/popular?n=2&exclude=1`), { status: 200, body: '2,3' })
      t.match(await send(`${prefix}/docs`), { status: 200, body: /swagger-ui-bundle/ })
      t.match(JSON.parse((await send(`${prefix}/openapi.json`)).body).servers, [{ url: '.' }])
      t.match(await send({ path: `${prefix}/popular`, method: 'DELETE' }), { status: 405, headers: { allow: /GET/ } })
      const { etag } = (await send(`${prefix}/recommend/4`)).headers
      t.match(await send({ path: `${prefix}/recommend/4`, headers: { 'if-none-match': etag } }), { status: 304 })
    }
    t.match(await send('/films/v1'), { status: 200, body: 'ok' })
    t.match(await send('/films/v1?x'), { status: 200, body: 'ok' })
    t.equal((await send('/films/v1/recommend/4')).headers.etag, (await send('/recommend/4')).headers.etag)
  })

  t.test(`the prefix is whole segments, once, and nothing else, by ${door}`, async t => {
    for (const path of [
      '/films/v1X/livez',
      '/films/v1livez',
      '/films/v/livez',
      '/films/livez',
      '/films',
      '/Films/v1/livez',
      '/films/v1/films/v1/livez',
      '/x/films/v1/livez',
      '/films/v1-/livez'
    ])
      t.match(await send(path), { status: 404 }, path)
  })

  t.test(`the page says where its links start if its URL lacks the last slash, by ${door}`, async t => {
    const stage = door.endsWith('stage') ? '/prod' : ''
    t.equal(baseOf((await send({ path: '/films/v1', headers: page })).body), `${stage}/films/v1/`)
    t.equal(baseOf((await send({ path: '/films/v1?user=4', headers: page })).body), `${stage}/films/v1/`)
    t.equal(baseOf((await send({ path: '/', headers: page })).body), undefined)
  })

  t.test(`nobody else decides the prefix by ${door}`, async t => {
    for (const name of ['x-forwarded-prefix', 'X-Forwarded-Prefix']) {
      const headers = { ...page, [name]: '/evil' }
      t.match(await send({ path: '/evil/livez', headers }), { status: 404 })
      t.match(await send({ path: '/evil', headers }), { status: 404 })
      t.equal(baseOf((await send({ path: '/', headers })).body), undefined)
    }
  })
}

type RestEvent = Record<string, unknown> & { requestContext: object }

const rest = (path: string, seen: string, more: object = {}): RestEvent => {
  const event = events['REST API']({ path, headers: page }) as unknown as RestEvent
  const { stage = 'live', domainName, ...fields } = more as { stage?: string; domainName?: string }
  return { ...event, ...fields, requestContext: { ...event.requestContext, stage, domainName, path: seen } }
}
const DEFAULT = 'abc.execute-api.eu-west-1.amazonaws.com'
const root = { resource: '/', pathParameters: null }
const proxy = (path: string) => ({ resource: '/{proxy+}', pathParameters: { proxy: path } })
const httpApi = (rawPath: string, more: { routeKey?: string; pathParameters?: object; stage?: string; domainName?: string }): RestEvent => {
  const { stage = '$default', domainName, ...fields } = more
  const event = events['HTTP API']({ path: rawPath, headers: page }) as unknown as RestEvent
  return { ...event, ...fields, requestContext: { ...event.requestContext, stage, domainName } }
}

/** Events whose prefix nobody has set, and what is answered: the page with its base, or the body. */
const TOLD: [what: string, event: RestEvent, base: string | undefined, body: RegExp][] = [
  ['a stage', rest('/', '/live', { ...root, domainName: DEFAULT }), '/live/', /<h1>/],
  // with its slash the page needs no base, and is not harmed by one
  ['a stage and a slash', rest('/', '/live/', { ...root, domainName: DEFAULT }), undefined, /<h1>/],
  ['a path in a stage', rest('/recommend/4', '/live/recommend/4', { ...proxy('recommend/4'), domainName: DEFAULT }), undefined, /^4,5$/],
  [
    'a stage with the name of a path',
    rest('/recommend/4', '/recommend/recommend/4', { ...proxy('recommend/4'), stage: 'recommend' }),
    undefined,
    /^4,5$/
  ],
  ['a mapping', rest('/movies', '/movies', { ...root, domainName: 'films.example' }), '/movies/', /<h1>/],
  ['a path in a mapping', rest('/movies/recommend/4', '/movies/recommend/4', proxy('recommend/4')), undefined, /^4,5$/],
  ['a mapping of two', rest('/a/b/recommend/4', '/a/b/recommend/4', proxy('recommend/4')), undefined, /^4,5$/],
  ['a mapping, and a slash at the end', rest('/movies/livez/', '/movies/livez/', proxy('livez')), undefined, /no_route/],
  [
    'resources of their own',
    rest('/recommend/4', '/live/recommend/4', { resource: '/recommend/{userId}', pathParameters: { userId: '4' } }),
    undefined,
    /^4,5$/
  ],
  [
    'an event for a test, with no fields',
    rest('/recommend/4', '/recommend/4', { resource: undefined, pathParameters: undefined }),
    undefined,
    /^4,5$/
  ],
  [
    'a domain and no mapping, a stage like a path',
    rest('/recommend/4', '/recommend/4', { ...proxy('recommend/4'), stage: 'recommend', domainName: 'films.example' }),
    undefined,
    /^4,5$/
  ],
  [
    'an HTTP API with the older format',
    rest('/live/recommend/4', '/live/recommend/4', { resource: '$default', pathParameters: null, version: '1.0' }),
    undefined,
    /^4,5$/
  ],
  ['an HTTP API in a stage', httpApi('/live', { stage: 'live', domainName: DEFAULT }), '/live/', /<h1>/],
  ['a path of an HTTP API in a stage', httpApi('/live/recommend/4', { stage: 'live' }), undefined, /^4,5$/],
  [
    'an HTTP API behind a mapping',
    httpApi('/movies/recommend/4', {
      routeKey: 'ANY /{proxy+}',
      pathParameters: { proxy: 'recommend/4' },
      domainName: 'films.example',
      stage: 'live'
    }),
    undefined,
    /^4,5$/
  ],
  [
    'an HTTP API behind a domain, a stage like a path',
    httpApi('/recommend/4', { domainName: 'films.example', stage: 'recommend' }),
    undefined,
    /^4,5$/
  ],
  ['a Function URL', httpApi('/recommend/4', { domainName: 'abc.lambda-url.eu-west-1.on.aws' }), undefined, /^4,5$/]
]

for (const [what, event, base, body] of TOLD) {
  t.test(`API Gateway tells the prefix: ${what}`, async t => {
    const answer = (await handler(event, context)) as LambdaAnswer
    t.match(answer.body, body)
    t.equal(baseOf(answer.body), base)
  })
}

t.test('a resource below a path of its own needs BASE_PATH, and comes on top of the stage', async t => {
  const withPath = await startFunction({ MODEL_DIR: model, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '', BASE_PATH: '/movies' })
  const below = { resource: '/movies/{proxy+}', pathParameters: { proxy: 'recommend/4' } }
  t.match(await withPath(rest('/movies/recommend/4', '/live/movies/recommend/4', below), context), { statusCode: 200, body: '4,5' })
  const home = { resource: '/movies', pathParameters: null }
  t.equal(baseOf(((await withPath(rest('/movies', '/live/movies', home), context)) as LambdaAnswer).body), '/live/movies/')
  t.match(await handler(rest('/movies/recommend/4', '/live/movies/recommend/4', below), context), { statusCode: 404 })
})

t.test('a whole URL, as clients of a forward proxy send it, has its prefix taken off', async t => {
  const app = await startApp(t, { MODEL_DIR: model, BASE_PATH: '/movies' })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const { get } = await import('node:http')
  for (const path of ['http://a.example/movies/recommend/4', 'http://a.example/recommend/4', 'HTTP://a.example:80/movies/recommend/4']) {
    const status = await new Promise(resolve => get({ port, path }, response => resolve(response.resume().statusCode)))
    t.equal(status, 200, path)
  }
})

t.test('a prefix that cannot be one is refused at the start', async t => {
  for (const good of ['', '/movies', '/a/b', '/v1.2', '/~me', '/..a']) t.equal(readConfig({ BASE_PATH: good }).BASE_PATH, good)
  for (const bad of [
    'movies',
    '/',
    '/movies/',
    '//movies',
    '/a//b',
    '/a/../b',
    '/.',
    '/..',
    '/a b',
    '/a?b',
    '/a#b',
    '/%61',
    '/"><',
    'http://x/movies',
    '/a\n'
  ])
    t.throws(
      () => readConfig({ BASE_PATH: bad }),
      { message: /BASE_PATH: expected The path prefix that clients see, such as `\/movies`/ },
      bad
    )
})
