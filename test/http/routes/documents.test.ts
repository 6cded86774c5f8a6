import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { boot } from '../../../src/boot.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const documents = ['/page.js', '/docs', '/docs/swagger-ui-bundle.js', '/openapi.json']

t.test('documents are compressed for callers that take gzip, and the same bytes for the others', async t => {
  const { app } = await boot({ MODEL_DIR: model, LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
  for (const url of documents) {
    const plain = await app.inject({ url })
    t.match(plain, { statusCode: 200, headers: { vary: 'accept-encoding' } }, url)
    t.equal(plain.headers['content-encoding'], undefined)
    const gzipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
    t.equal(gzipped.headers['content-encoding'], 'gzip')
    t.ok(gunzipSync(gzipped.rawPayload).equals(plain.rawPayload), url)
    t.not(gzipped.headers.etag, plain.headers.etag, 'each form has an ETag of its own')
    for (const [headers, etag] of [
      [{}, plain.headers.etag],
      [{ 'accept-encoding': 'gzip' }, gzipped.headers.etag]
    ] as const)
      t.match(await app.inject({ url, headers: { ...headers, 'if-none-match': String(etag) } }), { statusCode: 304, body: '' })
  }
})

t.test('a function compresses nothing: not every front door would decode it', async t => {
  const { server, ...functions } = await doors(t, model)
  t.equal((await server({ path: '/page.js', headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], 'gzip')
  for (const [door, ask] of Object.entries(functions)) {
    const { headers, body } = await ask({ path: '/page.js', headers: { 'accept-encoding': 'gzip' } })
    t.equal(headers['content-encoding'], undefined, door)
    t.match(body, 'getJson', door)
  }
})
