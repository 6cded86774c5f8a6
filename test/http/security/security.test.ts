import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { server } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const serve = (env: Record<string, string>) => server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', ...env })

t.test('without settings: no key, no limit, no other origins', async t => {
  const send = await serve({})
  const { status, headers } = await send({ path: '/recommend/4', headers: { origin: 'https://example.com' } })
  t.equal(status, 200)
  t.equal(headers['access-control-allow-origin'], undefined)
  t.equal(headers['x-ratelimit-limit'], undefined)
})

t.test('limits of size', async t => {
  const send = await serve({ BODY_LIMIT_BYTES: '1024', MAX_HEADER_BYTES: '2048' })
  const large = await send({
    path: '/recommend',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"history":[${'1,'.repeat(600)}1]}`
  })
  t.match(JSON.parse(large.body), { status: 413, code: 'body_too_large' })
  t.match(JSON.parse((await send({ path: '/', headers: { 'x-large': 'x'.repeat(3000) } })).body), {
    status: 431,
    code: 'headers_too_large'
  })
})

t.test('on every answer, and every refusal: this is data, which no browser may run or guess about', async t => {
  const send = await serve({})
  for (const path of ['/popular', '/popular?n=0', '/nowhere'])
    t.match((await send(path)).headers, {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff'
    })
})
