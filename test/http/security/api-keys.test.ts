import { join } from 'node:path'
import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, doors, server } from '../../fixtures/doors.js'

const health = ['/', '/livez', '/readyz', '/ping']

const [key, old] = ['a-key-of-some-length', 'an-old-key-of-some-length']
const dir = t.testdir()
const model = await trainCheckerboard(dir)
const ways = await doors(t, model, { API_KEYS: `${old},${key}` })

for (const [door, send] of Object.entries(ways)) {
  t.test(`the scheme may be written in any case, and the key may not, by ${door}`, async t => {
    const status = async (authorization: string) => (await send({ path: '/recommend/4', headers: { authorization } })).status
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEARER']) t.equal(await status(`${scheme} ${key}`), 200, scheme)
    for (const wrong of [`bearer ${key.toUpperCase()}`, `bearer${key}`, `basic ${key}`, `bearers ${key}`, `bearer`, `bearer ${key}x`])
      t.equal(await status(wrong), 401, wrong)
  })
}

for (const [door, send] of Object.entries(ways)) {
  t.test(`API keys by ${door}`, async t => {
    const withKey = (given: string) => send({ path: '/recommend/4', headers: { authorization: `Bearer ${given}` } })

    t.test('each of several is taken, so that they can be rotated', async t => {
      for (const each of [old, key]) t.match(await withKey(each), { status: 200, body: '4,5' })
    })
    t.test('none, a wrong one, a part of one, two, or one in another form is refused', async t => {
      const wrong = ['', 'wrong', old.slice(0, -1), `${old}x`, `${old},${key}`]
      for (const answer of await Promise.all([
        send('/recommend/4'),
        ...wrong.map(withKey),
        send({ path: '/recommend/4', headers: { authorization: old } })
      ])) {
        t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' } })
        t.match(JSON.parse(answer.body), { status: 401, code: 'unauthorized', detail: /Authorization: Bearer KEY/ })
      }
    })
    t.test('is asked for everywhere but at health checks, pages and the document', async t => {
      for (const path of [...health, '/page.js', '/docs', '/openapi.json']) t.match(await send(path), { status: 200 }, path)
      for (const path of ['/recommend/4', '/popular', '/similar/4', '/model', ...(door === 'server' ? ['/metrics'] : [])])
        t.match(await send(path), { status: 401 }, path)
      t.match(await send({ path: '/recommend', method: 'POST', body: '{}' }), { status: 401 })
      t.match(JSON.parse((await send('/openapi.json')).body), { security: [{ key: [] }] })
    })
  })
}

const request = (send: Send, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> => {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  return send({ method, path, headers: { ...type, ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) })
}

t.test('a key may only read where others may write', async t => {
  const [reads, writes] = ['a-key-that-reads-only', 'a-key-that-writes-too']
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const store = { MODEL_DIR: model, LOG_LEVEL: 'silent', HISTORY_STORE: `file:${join(dir, 'keys')}` }
  const rate = (send: Send, headers = {}) => request(send, 'PUT', '/users/Ann/ratings/4', {}, headers)

  const both = await server(t, { ...store, API_KEYS: reads, WRITE_API_KEYS: writes })
  t.match(await rate(both, bearer(reads)), { status: 403, headers: { 'www-authenticate': undefined } })
  for (const [method, path, body] of [
    ['DELETE', '/users/Ann/ratings/4', undefined],
    ['DELETE', '/users/Ann', undefined],
    ['POST', '/ratings', { ratings: [{ userId: 'Ann', movieId: '4' }] }]
  ] as const)
    t.equal((await request(both, method, path, body, bearer(reads))).status, 403, `${method} ${path}`)
  t.equal((await rate(both, bearer('a-key-that-nobody-has'))).status, 401)
  t.equal((await rate(both)).status, 401)
  t.equal((await rate(both, bearer(writes))).status, 204)
  for (const key of [reads, writes]) t.equal((await request(both, 'GET', '/users/Ann/ratings', undefined, bearer(key))).status, 200)
  t.equal((await both('/users/Ann/ratings')).status, 401)

  const onlyWrite = await server(t, { ...store, WRITE_API_KEYS: writes })
  t.strictSame([(await rate(onlyWrite)).status, (await rate(onlyWrite, bearer(writes))).status], [401, 204])
  t.equal((await onlyWrite('/recommend/Ann')).status, 200)

  const onlyRead = await server(t, { ...store, API_KEYS: reads })
  t.strictSame([(await rate(onlyRead)).status, (await rate(onlyRead, bearer(reads))).status], [401, 204])
})
