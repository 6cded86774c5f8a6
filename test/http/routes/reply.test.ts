import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors, server } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const ways = await doors(t, model)

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const REFUSED = 'application/problem+json'

/** What `Accept` says, and the type of the answer to it. */
const CASES: [accept: string, type: string][] = [
  // other parameters than q are ignored
  ['application/json; charset=utf-8', JSON_TYPE],
  ['application/json;charset=utf-8', JSON_TYPE],
  ['application/json; charset=utf-8, text/plain, */*', JSON_TYPE],
  ['application/json;version=1;q=0.9, text/plain;q=0.8', JSON_TYPE],
  ['application/json;q=0.8;version=1, text/plain;q=0.9', TEXT],
  ['application/json; profile="a;q=0, b"', JSON_TYPE],
  ['application/json; profile="\\"a, b"; q=0.1, text/plain;q=0.2', TEXT],
  ['text/plain; charset=iso-8859-1', TEXT],
  ['*/*; charset=utf-8', TEXT],
  // any case
  ['Application/JSON; Charset=UTF-8', JSON_TYPE],
  ['APPLICATION/JSON;Q=0.9, text/plain;q=0.1', JSON_TYPE],
  // ranges, and several with q
  ['application/*', JSON_TYPE],
  ['text/*', TEXT],
  ['application/*;q=0.5, text/plain;q=0.4', JSON_TYPE],
  ['text/plain;q=0, */*', JSON_TYPE],
  ['*/*, application/json;q=0', TEXT],
  ['application/json;q=0.5, text/plain;q=0.6', TEXT],
  ['', TEXT],
  // a browser's address bar, and what says that it takes nothing but HTML
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', TEXT],
  ['text/html', TEXT],
  ['text/html; charset=utf-8', TEXT],
  ['text/html, application/json;q=0.5', JSON_TYPE],
  // neither
  ['application/json;q=0', REFUSED],
  ['application/json; charset=utf-8; q=0', REFUSED],
  ['*/*;q=0', REFUSED],
  ['image/png', REFUSED],
  ['application/xml', REFUSED],
  ['application/jsonx', REFUSED]
]

t.test('caches learn all that an answer depends on', async t => {
  const headers = { accept: 'application/json', origin: 'https://a.example' }
  const CORS_ORIGINS = 'https://a.example'
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', CORS_ORIGINS })
  for (const path of ['/recommend/4', '/']) {
    t.equal((await send({ path, headers })).headers.vary, 'Origin, accept', path)
    t.equal((await ways.server({ path, headers })).headers.vary, 'accept', `${path}, where no other origin may read it`)
  }
})

for (const [door, send] of Object.entries(ways)) {
  t.test(`of Accept, only q decides, by ${door}`, async t => {
    for (const [accept, type] of CASES) {
      const { status, headers } = await send({ path: '/recommend/4', headers: { accept } })
      t.match({ status, type: headers['content-type'] }, { status: type === REFUSED ? 406 : 200, type }, accept)
    }
  })
  t.test(`browsers get the page by ${door}, whatever else they say of HTML`, async t => {
    for (const accept of ['text/html; charset=utf-8', 'text/html;level=1, */*;q=0.8'])
      t.match(await send({ path: '/', headers: { accept } }), { headers: { 'content-type': /^text\/html/ } }, accept)
  })
}
