import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors, startApp } from '../../fixtures/doors.js'
import type { Sent } from '../../fixtures/events.js'

const model = await trainCheckerboard(t.testdir())
const documents = ['/page.js', '/docs', '/docs/swagger-ui-bundle.js', '/openapi.json']

t.test('documents are compressed for callers that take gzip, and the same bytes for the others', async t => {
  const app = await startApp(t, { MODEL_DIR: model })
  for (const url of documents) {
    const plain = await app.inject({ url })
    t.match(plain, { statusCode: 200, headers: { vary: 'accept-encoding' } }, url)
    t.equal(plain.headers['content-encoding'], undefined)
    const gzipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
    t.equal(gzipped.headers['content-encoding'], 'gzip')
    t.ok(gunzipSync(gzipped.rawPayload).equals(plain.rawPayload), url)
    const rather = await app.inject({ url, headers: { 'accept-encoding': 'identity, gzip;q=0.5' } })
    t.equal(rather.headers['content-encoding'], undefined, 'a caller that would rather have it as it is')
    t.equal(gzipped.headers.etag, String(plain.headers.etag).replace(/"$/, '-gzip"'), 'each form has an ETag of its own')
    for (const [headers, etag] of [
      [{}, plain.headers.etag],
      [{ 'accept-encoding': 'gzip' }, gzipped.headers.etag]
    ] as const)
      t.match(await app.inject({ url, headers: { ...headers, 'if-none-match': String(etag) } }), { statusCode: 304, body: '' })
  }
})

t.test('each file of the page and of the API reference says what it is, and what a browser may load from it', async t => {
  const app = await startApp(t, { MODEL_DIR: model })
  const own = "default-src 'self'; frame-ancestors 'none'"
  const reference = `${own}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`
  for (const [url, type, policy, content] of [
    ['/page.js', 'text/javascript; charset=utf-8', own, /getJson/],
    ['/page.css', 'text/css; charset=utf-8', own, /{/],
    ['/papaparse.js', 'text/javascript; charset=utf-8', own, /Papa/],
    ['/fflate.js', 'text/javascript; charset=utf-8', own, /unzip/],
    ['/favicon.svg', 'image/svg+xml; charset=utf-8', own, /<svg/],
    ['/docs', 'text/html; charset=utf-8', reference, /<html/],
    ['/docs/docs.js', 'text/javascript; charset=utf-8', reference, /SwaggerUI/],
    ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', reference, /^\/\*!.*swagger-ui-bundle/],
    ['/docs/swagger-ui.css', 'text/css; charset=utf-8', reference, /^\.swagger-ui\{/]
  ] as const) {
    const { statusCode, headers, body } = await app.inject({ url })
    t.same([statusCode, headers['content-type'], headers['content-security-policy']], [200, type, policy], url)
    t.match(body, content, url)
  }
  const { headers, body } = await app.inject({ url: '/', headers: { accept: 'text/html' } })
  t.same([headers['content-type'], headers['content-security-policy']], ['text/html; charset=utf-8', own])
  t.match(body, /<html/)
})

t.test('a function compresses where the front door decodes it, and a REST API, which may not, gets it as it is', async t => {
  for (const [door, send] of Object.entries(await doors(t, model))) {
    const headers = { 'accept-encoding': 'gzip' }
    const [answer, plain] = [
      await send({ path: '/page.js', headers }),
      await send({ path: '/page.js', headers: { 'accept-encoding': 'identity' } })
    ]
    const isCompressed = door !== 'Lambda behind REST API'
    t.equal(answer.headers['content-encoding'], isCompressed ? 'gzip' : undefined, door)
    t.equal(plain.headers['content-encoding'], undefined, door)
    t.match(plain.body, 'getJson', door)
    t.equal(answer.body, plain.body, 'once it is decoded')
  }
})

t.test('an answer that AWS would not take of a function is refused in a sentence, with what helps', async t => {
  const ways = await doors(t, 'models/movielens/2')
  const users = Array.from({ length: 100 }, (_, i) => i + 1)
  const batch = (n: number): Sent => ({
    path: '/recommend/batch',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ users, n })
  })
  for (const [door, send] of Object.entries(ways)) {
    const isBounded = door.startsWith('Lambda behind ALB')
    const large = await send(batch(200))
    t.equal(large.status, isBounded ? 406 : 200, door)
    if (isBounded)
      t.match(JSON.parse(large.body), {
        code: 'answer_too_large',
        detail: /ask for less, .* would take \d+ bytes, and may take 1048576\.$/
      })
    t.equal((await send(batch(10))).status, 200, door)
  }
})
