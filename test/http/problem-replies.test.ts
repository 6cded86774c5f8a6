import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { boot } from '../../src/boot.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())
const { app } = await boot({ MODEL_DIR, LOG_LEVEL: 'silent', REQUEST_TIMEOUT_MS: '1000' }, { openScorer, runs: 'server' })
const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
t.teardown(() => app.close())

/** What a bare socket gets for these bytes, until the server closes it. */
async function send(bytes: string): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => (answer += chunk))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  const [head, body] = answer.split('\r\n\r\n')
  const [first, ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map(line => line.split(': ')).map(([name, value]) => [name.toLowerCase(), value]))
  return { status: Number(first.split(' ')[1]), headers, body }
}

/** What Node answers with nothing, or with nothing but a status. */
const CASES: [what: string, bytes: string, status: number, code: string, detail: RegExp][] = [
  ['no Host', 'GET /livez HTTP/1.1\r\n\r\n', 400, 'invalid_request', /^Host: missing/],
  ['no Host, at no route', 'GET /nothing HTTP/1.1\r\n\r\n', 400, 'invalid_request', /^Host: missing/],
  ['Expect', 'GET /livez HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n', 417, 'expectation_failed', /100-continue/],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 400, 'invalid_request', /CONNECT asks for a tunnel/],
  ['an unknown method', 'FOO /livez HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request', /^This is not HTTP.*Invalid method/],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'invalid_request', /^This is not HTTP/],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_request', /^This is not HTTP/],
  [
    'two lengths',
    'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    400,
    'invalid_request',
    /^This is not HTTP/
  ],
  [
    'a length and chunks',
    'POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    400,
    'invalid_request',
    /^This is not HTTP/
  ],
  [
    'chunks with long extensions',
    `POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n`,
    413,
    'body_too_large',
    /larger than allowed/
  ],
  ['headers that never end', 'GET /livez HTTP/1.1\r\nHost: a\r\n', 408, 'request_timeout', /in time/],
  ['large headers', `GET /livez HTTP/1.1\r\nHost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large', /larger than allowed/]
]

for (const [what, bytes, status, code, detail] of CASES) {
  t.test(`${what} gets a problem with an id and the headers that every answer has`, async t => {
    const answer = await send(bytes)
    const { 'x-request-id': id } = answer.headers
    t.match(answer, {
      status,
      headers: {
        'content-type': 'application/problem+json',
        'x-content-type-options': 'nosniff',
        'content-security-policy': /default-src 'none'/,
        'cache-control': 'no-store',
        'content-length': `${answer.body.length}`,
        connection: 'close'
      }
    })
    t.match(id, /^[0-9a-f-]{36}$/)
    t.match(JSON.parse(answer.body), { status, code, detail, requestId: id })
  })
}

t.test("a caller's own id is kept, even where the answer is not the router's", async t => {
  for (const line of ['Host: a\r\nExpect: tea', 'X: no Host']) {
    const { headers, body } = await send(`GET /livez HTTP/1.1\r\n${line}\r\nX-Request-Id: mine\r\n\r\n`)
    t.match([headers['x-request-id'], JSON.parse(body).requestId], ['mine', 'mine'])
  }
})

t.test('HTTP/1.0 needs no Host, and who expects 100-continue gets it', async t => {
  t.match(await send('GET /livez HTTP/1.0\r\n\r\n'), { status: 200, body: 'ok' })
  t.match(await send('GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n'), { status: 100 })
})
