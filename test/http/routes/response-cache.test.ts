import t from 'tap'
import { responseCache } from '../../../src/http/routes/response-cache.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Send, doors, server } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const keeping = await doors(t, model, { CACHE_BYTES: '1000000' })
const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent' }
const [small, off] = [await server(t, { ...settings, CACHE_BYTES: '1000' }), await server(t, settings)]

const json = { accept: 'application/json' }
/** What makes an answer the same: all but the id of the request, and when it was made. */
const same = (headers: Record<string, string>) => ({ ...headers, 'x-request-id': '', date: '' })
const scorings = async (send: Send) =>
  Number(/^recommender_scoring_duration_seconds_count (\d+)$/m.exec((await send('/metrics')).body)?.[1])

t.test('an answer that is kept is the answer that was given, with every header', async t => {
  for (const [door, send] of Object.entries(keeping)) {
    for (const [path, headers] of [['/recommend/4'], ['/recommend/4', json], ['/similar/4?n=2'], ['/popular']] as [string, object?][]) {
      const as = (id: string) => send({ path, headers: { ...headers, 'x-request-id': id } })
      const [first, again] = [await as('one'), await as('two')]
      t.equal(again.status, 200)
      t.equal(again.body, first.body, `${door}: ${path}`)
      t.same(same(again.headers), same(first.headers))
      t.equal(again.headers['x-request-id'], 'two', 'and the id is its own')
    }
  }
})

t.test('what is kept is not scored again, and without CACHE_BYTES everything is', async t => {
  for (const [send, expected] of [[keeping.server, 1] as const, [off, 2] as const]) {
    const before = await scorings(send)
    for (let i = 0; i < 2; i++) t.equal((await send('/recommend/5')).body, '5,6')
    t.equal((await scorings(send)) - before, expected)
  }
})

t.test('types and parameters are kept apart, and errors are not kept', async t => {
  const send = keeping.server
  t.equal((await send('/recommend/6')).body, '6,7')
  t.equal((await send('/recommend/6?n=1')).body, '6')
  t.match(JSON.parse((await send({ path: '/recommend/6', headers: json })).body), { userId: '6' })
  for (let i = 0; i < 2; i++) t.match(await send('/recommend/nobody?strict=true'), { status: 404 })
})

t.test('who has the answer already gets 304, kept or not', async t => {
  const send = keeping.server
  const { etag } = (await send('/recommend/3')).headers
  t.equal((await send({ path: '/recommend/3', headers: { 'if-none-match': etag } })).status, 304)
})

t.test('a long URL takes room like a long answer', async t => {
  const cache = responseCache(1000)
  const keep = (url: number, payload: number) =>
    cache?.set('u'.repeat(url), { type: 'text/plain', source: 'history', payload: 'p'.repeat(payload) })
  keep(600, 90)
  keep(650, 60)
  t.same(
    Array.from(cache?.keys() ?? [], ({ length }) => length),
    [600],
    'the second is larger than all the room'
  )
})

t.test('when memory is used up, what was asked for longest ago goes first', async t => {
  const scored = async (path: string) => {
    const before = await scorings(small)
    await small(path)
    return (await scorings(small)) - before
  }
  t.same([await scored('/recommend/3'), await scored('/recommend/3')], [1, 0])
  for (const user of [4, 5, 6, 7]) await small(`/recommend/${user}`)
  t.equal(await scored('/recommend/7'), 0, 'the latest is there')
  t.equal(await scored('/recommend/3'), 1, 'the first is not')
})
