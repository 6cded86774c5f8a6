import { join } from 'node:path'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, server } from '../../fixtures/doors.js'

const dir = t.testdir()
const model = await trainCheckerboard(dir)
const serve = (t: Test, env: Record<string, string>): Promise<Send> => server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', ...env })
const health = ['/', '/livez', '/readyz', '/ping']

t.test('rate limit', async t => {
  t.test('refuses what is too much, says when to come back, and never counts health checks', async t => {
    const send = await serve(t, { RATE_LIMIT_PER_MINUTE: '3' })
    for (let i = 0; i < 3; i++) t.equal((await send('/recommend/4')).status, 200)
    const refused = await send('/recommend/4')
    t.match(refused, { status: 429, headers: { 'retry-after': /^\d+$/, 'content-type': /problem\+json/ } })
    t.match(JSON.parse(refused.body), { code: 'rate_limited', detail: /More than 3 requests in a minute/ })
    for (const path of health) t.equal((await send(path)).status, 200, path)
  })
  t.test('counts each client behind a proxy that is trusted, and believes no other', async t => {
    const from = (send: Send, address: string) =>
      send({ path: '/recommend/4', headers: { 'x-forwarded-for': address } }).then(({ status }) => status)
    const trusting = await serve(t, { RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.0/8,::1' })
    t.same([await from(trusting, '203.0.113.1'), await from(trusting, '203.0.113.2'), await from(trusting, '203.0.113.1')], [200, 200, 429])
    const doubting = await serve(t, { RATE_LIMIT_PER_MINUTE: '1' })
    t.same([await from(doubting, '203.0.113.1'), await from(doubting, '203.0.113.2')], [200, 429])
  })
})

t.test('guessing keys counts as asking', async t => {
  const send = await serve(t, { RATE_LIMIT_PER_MINUTE: '2', API_KEYS: 'a-key-of-some-length' })
  const guess = () => send({ path: '/popular', headers: { authorization: 'Bearer a-guess-of-some-length' } }).then(({ status }) => status)
  t.same([await guess(), await guess(), await guess()], [401, 401, 429])
})

t.test('a path that is not served needs a key and counts for the limit, as does what is refused', async t => {
  const send = await serve(t, { RATE_LIMIT_PER_MINUTE: '4', API_KEYS: 'a-key-of-some-length' })
  const headers = { authorization: 'Bearer a-key-of-some-length' }
  const status = async (path: string, sent: object = { headers }): Promise<number> => (await send({ path, ...sent })).status
  t.equal(await status('/nowhere', {}), 401)
  t.equal(await status('/nowhere'), 404)
  t.equal(await status('/popular?n=0'), 400)
  t.equal(await status('/popular', { headers, method: 'PUT' }), 405)
  t.equal(await status('/popular'), 429)
})

const post = (send: Send, path: string, body: object): Promise<Answer> =>
  send({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

t.test('a batch counts as many requests as it has users: as many as the limit, and not one more', async t => {
  const send = await serve(t, { RATE_LIMIT_PER_MINUTE: '5' })
  t.equal((await post(send, '/recommend/batch', { users: ['1', '2', '3'] })).status, 200)
  t.equal((await post(send, '/recommend/batch', { users: ['4', '5'] })).status, 200)
  const refused = await post(send, '/recommend/batch', { users: ['6'] })
  t.match(refused, { status: 429, headers: { 'retry-after': /^\d+$/ } })

  const another = await serve(t, { RATE_LIMIT_PER_MINUTE: '5' })
  const tooLarge = await post(another, '/recommend/batch', { users: ['1', '2', '3', '4', '5', '6'] })
  t.match(tooLarge, { status: 429, headers: { 'retry-after': /^[1-9]\d?$/ } })
  t.match(JSON.parse(tooLarge.body), { code: 'rate_limited', detail: /More than 5 requests in a minute/ })
})

t.test('a group counts as many requests as it has people, known or not', async t => {
  const send = await serve(t, { RATE_LIMIT_PER_MINUTE: '5' })
  t.equal((await post(send, '/recommend/group', { users: ['1'], histories: [[2], [4]] })).status, 200)
  t.equal((await post(send, '/recommend/group', { users: [], histories: [[2], [4], [6]] })).status, 429)
})

t.test('a request with many ratings counts as many requests', async t => {
  const send = await serve(t, { HISTORY_STORE: `file:${join(dir, 'limit')}`, RATE_LIMIT_PER_MINUTE: '10' })
  const ratings = (count: number) => ({ ratings: Array.from({ length: count }, (_, i) => ({ userId: 'Ann', movieId: String(i + 1) })) })
  t.equal((await post(send, '/ratings', ratings(9))).status, 200)
  t.equal((await post(send, '/ratings', ratings(2))).status, 429)
})
