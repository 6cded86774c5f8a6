import { gzipSync } from 'node:zlib'
import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { doors, startApp } from '../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const ways = await doors(t, model)

for (const [door, send] of Object.entries(ways)) {
  t.test(`a body that says it is compressed gets 415, which names the header, by ${door}`, async t => {
    for (const path of ['/recommend', '/recommend/batch'])
      for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip', 'x'.repeat(1000)]) {
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
        const answer = await send({ path, method: 'POST', headers, body: '{}' })
        t.match(answer, { status: 415, headers: { 'accept-encoding': 'identity' } })
        t.match(JSON.parse(answer.body), {
          code: 'unsupported_media_type',
          detail: `Content-Encoding: expected none or identity, found ${encoding.slice(0, 100)}`
        })
      }
  })
  t.test(`and one that says it is plain is read, by ${door}`, async t => {
    for (const encoding of ['identity', 'Identity', '']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      t.match(await send({ path: '/recommend', method: 'POST', headers, body: '{"userId":"4"}' }), { status: 200, body: '4,5' }, encoding)
    }
  })
}

t.test('real gzip over a real connection, and a transfer encoding other than chunks, are told apart from broken JSON', async t => {
  const app = await startApp(t, { MODEL_DIR: model })
  const body = gzipSync('{"userId":"4"}')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  t.match(await (await fetch(`${url}/recommend`, { method: 'POST', headers, body })).json(), { status: 415, detail: /^Content-Encoding/ })
  const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'gzip, chunked' }
  const answer = await app.inject({ url: '/recommend', method: 'POST', headers: chunked, payload: body })
  t.match(answer.json(), { status: 415, detail: /^Transfer-Encoding: expected none or chunked, found gzip, chunked$/ })
})
