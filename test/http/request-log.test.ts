import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'
import { freePort } from '../fixtures/free-port.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

/** Everything that people may not want in a log, each where it may come. */
const SECRETS = ['secret-user', 'secret-token', 'secret-name', 'secret-body', 'secret-path', 'secret-key', 'secret-genre', 'secret-origin']
const REQUESTS: [path: string, init?: RequestInit][] = [
  ['/recommend/secret-user'],
  ['/recommend/secret-user?n=2&exclude=4&access_token=secret-token'],
  ['/recommend/4?secret-name'],
  ['/recommend/4?constructor=secret-name&__proto__=secret-name'],
  ['/recommend/4?secret-name=1&genre=secret-genre'],
  ['/recommend/secret-user%20?strict=true'],
  ['/secret-path/x?token=secret-token'],
  ['/recommend/%zz?token=secret-token'],
  ['/recommend/secret-user', { method: 'DELETE' }],
  ['/recommend', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"userId":"secret-body"}' }],
  ['/recommend', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"secret-body' }],
  [
    '/recommend/batch',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"users":["secret-body"],"strict":true}' }
  ],
  ['/popular', { headers: { authorization: 'Bearer secret-key', origin: 'https://secret-origin' } }]
]

const start = async (t: Test, args: string[], env: Record<string, string>) => {
  const port = await freePort()
  const child = startNode(t, args, { MODEL_DIR, HOST: '127.0.0.1', PORT: `${port}`, ...env })
  await child.says(/listening/)
  return { child, url: `http://127.0.0.1:${port}` }
}

async function logOf(t: Test, env: Record<string, string>): Promise<string> {
  const { child, url } = await start(t, ['dist/server.js'], env)
  for (const [path, init] of REQUESTS) await (await fetch(url + path, init)).text()
  child.process.kill('SIGTERM')
  return (await child.ended).out
}

const answeredIn = (log: string): Record<string, unknown>[] =>
  log
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ msg }) => msg === 'answered')

t.test('the log names routes and documented parameters, and no ids, values or secrets, at every level', async t => {
  for (const LOG_LEVEL of ['info', 'trace']) {
    const log = await logOf(t, { LOG_LEVEL, API_KEYS: '', CORS_ORIGINS: 'https://a.example' })
    for (const secret of SECRETS) t.notMatch(log, secret, LOG_LEVEL)
    const lines = answeredIn(log)
    t.match(lines.slice(0, 3), [
      { method: 'GET', route: '/recommend/:userId', status: 200, query: undefined, url: undefined },
      { method: 'GET', route: '/recommend/:userId', status: 400, query: ['n', 'exclude'], url: undefined },
      { method: 'GET', route: '/recommend/:userId', status: 400, query: [] }
    ])
    t.equal(lines.length, REQUESTS.length, 'a line each')
  }
})

t.test('LOG_URLS adds paths and the values of documented parameters, and never any other', async t => {
  const log = await logOf(t, { LOG_URLS: 'true' })
  const [first, second] = answeredIn(log)
  t.match(first, { route: '/recommend/:userId', url: '/recommend/secret-user' })
  t.match(second, { query: ['n', 'exclude'], url: '/recommend/secret-user?n=2&exclude=4' })
  for (const secret of ['secret-token', 'secret-name', 'secret-body', 'secret-key']) t.notMatch(log, secret)
})

t.test('a 404 names the path, and not the query', async t => {
  const { url } = await start(t, ['dist/server.js'], {})
  const { detail } = (await (await fetch(`${url}/nothing?access_token=secret-token`)).json()) as { detail: string }
  t.equal(detail, 'Nothing is served at GET /nothing.')
})

t.test('a failure of our own is logged in full, with its id, and without the URL', async t => {
  const code = `
    const { boot } = await import('./dist/boot.js')
    const { openScorer } = await import('./dist/recommender/scoring/scorer.js')
    const broken = async (...args) => ({ ...(await openScorer(...args)), score: () => Promise.reject(new Error('the graph is broken')) })
    const { app } = await boot(process.env, { openScorer: broken, runs: 'server' })
    await app.inject({ url: '/recommend/secret-user?n=2', headers: { 'x-request-id': 'mine' } })
    await app.inject({ url: '/recommend/batch', method: 'POST', payload: { users: ['secret-user'] }, headers: { 'x-request-id': 'mine' } })
    await app.close()`
  const { out } = await startNode(t, ['--input-type=module', '-e', code], { MODEL_DIR }).ended
  t.notMatch(out, 'secret')
  const failed = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ msg }) => msg === 'failed')
  t.match(failed, Array(2).fill({ level: 50, requestId: 'mine', err: { message: 'the graph is broken', stack: /broken/ } }))
  t.equal(failed.length, 2)
})
