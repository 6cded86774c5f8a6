import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import Fastify from 'fastify'
import t from 'tap'
import type { LiveHistories } from '../../../src/histories/live-histories.js'
import type { App } from '../../../src/http/fastify.js'
import { ratingRoutes } from '../../../src/http/routes/ratings.js'
import { lendAwsKeys } from '../../fixtures/aws-keys.js'
import { movies, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, doors, server } from '../../fixtures/doors.js'
import { openRecommender } from '../../fixtures/recommender.js'

const dir = t.testdir()
const model = await trainCheckerboard(dir, { movies })

const request = (send: Send, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> => {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  return send({ method, path, headers: { ...type, ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) })
}
const idsOf = ({ body }: Answer): string[] => body.split(',')
const detailOf = ({ body }: Answer): string => JSON.parse(body).detail

const ways = await doors(t, model, { HISTORY_STORE: `file:${join(dir, 'histories')}` })
let people = 0
/** Nobody has heard of them before. */
const somebody = (): string => `somebody ${++people}`
const at = (userId: string, rest = ''): string => `/users/${encodeURIComponent(userId)}${rest}`

for (const [door, send] of Object.entries(ways)) {
  const recommend = (userId: string, query = ''): Promise<Answer> => send(`/recommend/${encodeURIComponent(userId)}${query}`)
  const listed = async (userId: string, query = '') => {
    const answer = await request(send, 'GET', at(userId, `/ratings${query}`))
    t.match(answer, { status: 200, headers: { 'cache-control': 'no-store' } }, answer.body)
    return JSON.parse(answer.body) as { ratings: { movieId: string; rating?: number; time?: string }[]; next?: string }
  }

  t.test(`a rating that ${door} keeps counts in the next answer, for one, for many and for a group`, async t => {
    const userId = somebody()
    const before = await recommend(userId)
    t.match(before.headers, { 'x-recommendation-source': 'popular', 'x-recommendation-history': undefined })
    t.match(await request(send, 'PUT', at(userId, '/ratings/4'), { rating: 5 }), { status: 204, body: '' })
    t.equal((await request(send, 'PUT', at(userId, '/ratings/6'), {})).status, 204, 'a like is one without a rating')

    const after = await recommend(userId)
    t.equal(after.headers['x-recommendation-source'], 'history')
    t.strictSame(after.body, (await request(send, 'POST', '/recommend', { history: [4, 6] })).body, 'as if it came with the request')
    t.strictSame((await request(send, 'POST', '/recommend', { userId })).body, after.body)
    t.strictSame(
      (await request(send, 'POST', '/recommend', { userId, history: [1], mode: 'replace' })).body,
      (await request(send, 'POST', '/recommend', { history: [1] })).body
    )
    const batch = await request(send, 'POST', '/recommend/batch', { users: ['10', userId, '10', 'x'.repeat(201)] })
    t.equal(batch.headers['content-type'], 'application/json; charset=utf-8')
    const { results } = JSON.parse(batch.body)
    t.strictSame(
      results.map(({ status, items }: { status: number; items?: { movieId: string }[] }) => [status, items?.[0].movieId]),
      [
        [200, '10'],
        [200, idsOf(after)[0]],
        [200, '10'],
        [400, undefined]
      ]
    )
    const group = (body: object) => request(send, 'POST', '/recommend/group', body)
    t.strictSame((await group({ users: [userId, 'nobody'] })).body, (await group({ histories: [[4, 6], []] })).body)
  })

  t.test(`the newer word counts over the file's: ${door} lets it be changed, taken back, and forgotten`, async t => {
    // Of those who are known, each door changes one of its own. All of them have loved a movie two above their own.
    const userId = String(Object.keys(ways).indexOf(door) + 1)
    const [plain, loved] = [await recommend(userId, '?n=10'), String(((Number(userId) + 1) % 10) + 1)]
    t.notOk(idsOf(plain).includes(loved))
    t.equal((await request(send, 'DELETE', at(userId, `/ratings/${loved}`))).status, 204)
    t.ok(idsOf(await recommend(userId, '?n=10')).includes(loved), 'what is taken back may be answered')
    await request(send, 'PUT', at(userId, `/ratings/${loved}`), { rating: 1 })
    t.notOk(idsOf(await recommend(userId, '?n=10')).includes(loved))
    t.match((await listed(userId)).ratings[0], { movieId: loved, rating: 1 })
    t.equal((await listed(userId)).ratings.length, 8, 'each movie once')

    t.equal((await request(send, 'DELETE', at(userId))).status, 204)
    t.strictSame((await listed(userId)).ratings, [])
    t.strictSame((await recommend(userId)).body, (await recommend('nobody')).body)
    t.match(await recommend(userId, '?strict=true'), { status: 404 })
    await request(send, 'PUT', at(userId, '/ratings/3'), {})
    t.match(await recommend(userId, '?strict=true'), { status: 200 }, 'who comes back is known by what they say from then on')
    t.equal((await listed(userId)).ratings.length, 1)
  })

  t.test(`the ETag by ${door} holds until the history changes`, async t => {
    const userId = somebody()
    const etagOf = async (): Promise<string> => (await recommend(userId)).headers.etag
    const first = await etagOf()
    const fresh = (etag: string) => send({ path: `/recommend/${encodeURIComponent(userId)}`, headers: { 'if-none-match': etag } })
    t.equal((await fresh(first)).status, 304)
    await request(send, 'PUT', at(userId, '/ratings/4'), { rating: 5 })
    t.equal((await fresh(first)).status, 200)
    const second = await etagOf()
    t.equal((await fresh(second)).status, 304)
    await request(send, 'DELETE', at(userId, '/ratings/4'))
    t.equal((await fresh(second)).status, 200)
  })

  t.test(`what is kept comes newest first from ${door}, in pages`, async t => {
    const userId = somebody()
    const times = ['2026-01-03T00:00:00Z', 1_767_225_600, '2026-01-02T01:00:00+01:00']
    for (const [i, time] of times.entries()) await request(send, 'PUT', at(userId, `/ratings/${i + 1}`), { rating: i + 1, time })
    const days = (ratings: { movieId: string; time?: string }[]) => ratings.map(({ movieId, time }) => `${movieId}: ${time}`)
    const first = await listed(userId, '?n=2')
    t.strictSame(days(first.ratings), ['1: 2026-01-03T00:00:00.000Z', '3: 2026-01-02T00:00:00.000Z'])
    const second = await listed(userId, `?n=2&cursor=${encodeURIComponent(first.next ?? '')}`)
    t.strictSame(days(second.ratings), ['2: 2026-01-01T00:00:00.000Z'])
    t.equal(second.next, undefined)
    t.equal((await listed(userId, '?n=3')).next, undefined, 'nothing comes after a page that is just full')
    await request(send, 'PUT', at(userId, '/ratings/1'), { rating: 5, time: '2025-01-01T00:00:00Z' })
    t.match((await listed(userId)).ratings[0], { movieId: '1', rating: 1 }, 'an older word changes nothing')
  })

  t.test(`what is said to ${door} without a time counts, also where the caller's clock was ahead before`, async t => {
    const userId = somebody()
    const rate = (body: object) => request(send, 'PUT', at(userId, '/ratings/4'), body)
    const time = new Date(Date.now() + 30_000).toISOString()
    t.equal((await rate({ rating: 5, time })).status, 204, 'half a minute ahead')
    await rate({ rating: 2 })
    t.match((await listed(userId)).ratings, [{ rating: 2 }])
    await rate({ rating: 5, time })
    await request(send, 'DELETE', at(userId, '/ratings/4'))
    t.same((await listed(userId)).ratings, [])
  })

  t.test(`the first second of 1970 is a time for ${door}`, async t => {
    const userId = somebody()
    t.equal((await request(send, 'PUT', at(userId, '/ratings/4'), { rating: 5, time: 0 })).status, 204)
    t.match((await listed(userId)).ratings, [{ time: '1970-01-01T00:00:00.000Z' }])
  })

  t.test(`many ratings come in one request to ${door}, with a result each, the later one of a movie counting`, async t => {
    const userId = somebody()
    const good = Array.from({ length: 120 }, (_, i) => ({ userId: `${userId} ${i}`, movieId: (i % 10) + 1, rating: 3 }))
    const ratings = [
      ...good,
      { userId, movieId: '4', rating: 2 },
      { userId, movieId: 4, rating: 5 },
      { userId, movieId: 'no such', rating: 5 },
      { userId, movieId: '4', rating: 6 },
      { userId: 'x'.repeat(201), movieId: '4' },
      { movieId: '4', stars: 3 }
    ]
    const { status, body } = await request(send, 'POST', '/ratings', { ratings })
    t.equal(status, 200)
    const { results } = JSON.parse(body) as { results: { status: number; problem?: { detail: string } }[] }
    t.strictSame(
      results.map(result => result.status),
      [...good.map(() => 204), 204, 204, 404, 400, 400, 400]
    )
    t.strictSame(
      results.slice(-4).map(({ problem }) => problem?.detail.replace(/"x+…/, '"x…')),
      [
        'The model does not know movie no such.',
        'rating: expected a number from 1 to 5, found 6',
        'userId: expected a text of 1 to 200 bytes without control characters, or a whole number, found "x… (201 characters)',
        'userId: missing; expected a text of 1 to 200 bytes without control characters, or a whole number; stars: unknown; expected userId, movieId, rating or time'
      ]
    )
    t.match((await listed(userId)).ratings, [{ movieId: '4', rating: 5 }])
    t.equal((await listed(`${userId} 119`)).ratings.length, 1)
  })

  t.test(`ids of a site are taken and given by ${door}`, async t => {
    const userId = somebody()
    t.equal((await request(send, 'PUT', at(userId, '/ratings/tt0000004?ids=imdb'), { rating: 5 })).status, 204)
    await request(send, 'POST', '/ratings', { ids: 'tmdb', ratings: [{ userId, movieId: 106 }] })
    await request(send, 'PUT', at(userId, '/ratings/5'), {})
    const moviesOf = async (query = '') => (await listed(userId, query)).ratings.map(({ movieId }) => movieId).sort()
    t.strictSame(await moviesOf(), ['4', '5', '6'])
    t.strictSame(await moviesOf('?ids=tmdb'), ['104', '106'], 'what has no id there is left out')
    t.equal((await request(send, 'DELETE', at(userId, '/ratings/tt0000004?ids=imdb'))).status, 204)
    t.strictSame(await moviesOf(), ['5', '6'])
  })

  t.test(`what cannot be kept is refused by ${door} in a sentence`, async t => {
    const userId = somebody()
    const refused = async (status: number, method: string, path: string, body: unknown, sentence: RegExp) => {
      const answer = await request(send, method, path, body)
      t.equal(answer.status, status, `${method} ${path.slice(0, 80)}`)
      t.match(detailOf(answer), sentence)
    }
    await refused(404, 'PUT', at(userId, '/ratings/99'), {}, /^The model does not know movie 99\.$/)
    await refused(404, 'DELETE', at(userId, '/ratings/99'), undefined, /^The model does not know movie 99\.$/)
    for (const rating of [0.5, 5.5]) {
      await refused(400, 'PUT', at(userId, '/ratings/4'), { rating }, /^rating: expected a number from 1 to 5, found \d\.5$/)
    }
    await refused(
      400,
      'PUT',
      at(userId, '/ratings/4'),
      { time: Date.now() },
      /^time: expected no time in the future, now is 20.*Z, found \d+$/
    )
    await refused(
      400,
      'PUT',
      at(userId, '/ratings/4'),
      { time: 'yesterday' },
      /^time: expected a time in seconds since 1970, or as 2026-.*, found "yesterday"/
    )
    for (const time of ['2026-13-40T00:00:00Z', '2026-02-30T00:00:00Z', '2025-02-29T12:00:00+01:00', '1969-12-31T23:59:59Z']) {
      await refused(
        400,
        'PUT',
        at(userId, '/ratings/4'),
        { time },
        new RegExp(`^time: expected a time since 1970, found "${time.slice(0, 10)}`)
      )
    }
    await refused(400, 'PUT', at('x'.repeat(201), '/ratings/4'), {}, /^userId: expected a text of 1 to 200 bytes/)
    await refused(400, 'DELETE', at('x'.repeat(201)), undefined, /^userId: expected a text of 1 to 200 bytes/)
    await refused(400, 'GET', at(userId, '/ratings?cursor=x'), undefined, /^cursor: expected `next` of the page before, found "x"$/)
    const ratings = Array.from({ length: 1001 }, () => ({ userId, movieId: '4' }))
    await refused(400, 'POST', '/ratings', { ratings }, /^ratings: expected a list of 1 to 1000 entries, each an object, found 1001$/)
    t.strictSame((await listed(userId)).ratings, [])
  })
}

t.test('without a store, each of these routes says how to switch them on', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  for (const [method, path] of [
    ['PUT', '/users/4/ratings/4'],
    ['DELETE', '/users/4/ratings/4'],
    ['GET', '/users/4/ratings'],
    ['DELETE', '/users/4'],
    ['POST', '/ratings']
  ]) {
    const answer = await request(send, method, path, method === 'PUT' || method === 'POST' ? {} : undefined)
    t.equal(answer.status, 404, `${method} ${path}`)
    t.match(detailOf(answer), /HISTORY_STORE, for example to file:\.\/data\/histories/)
  }
  t.notMatch((await send('/openapi.json')).body, '/users/', 'and they are not documented')
})

t.test('where the store is gone, answers go on from the model and say so, and nothing is promised to be kept', async t => {
  lendAwsKeys(t)
  // No port that anybody listens at.
  const gone = await doors(t, model, { HISTORY_STORE: 'dynamodb://table?region=eu-central-1&endpoint=http://127.0.0.1:1' })
  const plain = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  const stale = { 'x-recommendation-history': 'stale', 'cache-control': 'no-store' }
  for (const [door, send] of Object.entries(gone)) {
    const [text, json] = [await send('/recommend/4'), await send({ path: '/recommend/4', headers: { accept: 'application/json' } })]
    t.match(text, { status: 200, headers: { ...stale, 'content-type': /^text/, 'x-recommendation-source': 'history' } }, door)
    t.match(json, { status: 200, headers: { ...stale, 'content-type': /json/ } }, door)
    for (const { headers } of [text, json]) t.equal(headers.etag, undefined, `${door}: it may differ when the store is back`)
    t.strictSame(text.body, (await plain('/recommend/4')).body, `${door}: what the model's file has`)
    t.match(await request(send, 'PUT', at('4', '/ratings/6'), {}), { status: 503 }, door)
    const { results } = JSON.parse((await request(send, 'POST', '/ratings', { ratings: [{ userId: '4', movieId: '6' }] })).body)
    t.match(results, [{ status: 503 }], door)
    t.match(await request(send, 'GET', at('4', '/ratings')), { status: 503 }, door)
    for (const [path, body] of Object.entries({ '/recommend': { history: [2] }, '/recommend/group': { histories: [[2], [4]] } })) {
      const headers = { 'x-recommendation-history': undefined }
      t.match(await request(send, 'POST', path, body), { status: 200, headers }, `${door} ${path}: nobody of whom something is kept`)
    }
  }
})

t.test('of a thousand ratings in one request, fifty are written at the same time', async t => {
  let [writing, most] = [0, 0]
  const write = async (): Promise<void> => {
    most = Math.max(most, ++writing)
    await setTimeout(1)
    writing--
  }
  const app = Fastify()
  app.setValidatorCompiler(() => () => true)
  ratingRoutes(app as unknown as App, await openRecommender(t, model), { write } as unknown as LiveHistories)
  const ratings = Array.from({ length: 1000 }, (_, i) => ({ userId: i, movieId: '4' }))
  const { results } = (await app.inject({ method: 'POST', url: '/ratings', payload: { ratings } })).json()
  t.equal(results.length, 1000)
  t.equal(most, 50)
})

t.test('a rating that came with another model is still listed, as it was said', async t => {
  const settings = { LOG_LEVEL: 'silent', HISTORY_STORE: `file:${join(dir, 'two-models')}` }
  const films = await server(t, { ...settings, MODEL_DIR: 'models/movielens/2' })
  const board = await server(t, { ...settings, MODEL_DIR: model })
  await request(films, 'PUT', '/users/Ann/ratings/589', { rating: 4.5, time: '2026-01-02T00:00:00.000Z' })
  await request(board, 'PUT', '/users/Ann/ratings/4', { rating: 5, time: '2026-01-01T00:00:00.000Z' })
  const ratings = async (query = '') => JSON.parse((await board(`/users/Ann/ratings${query}`)).body).ratings
  t.strictSame(await ratings(), [
    { movieId: '589', rating: 4.5, time: '2026-01-02T00:00:00.000Z' },
    { movieId: '4', title: 'Movie 4', year: 1994, rating: 5, time: '2026-01-01T00:00:00.000Z' }
  ])
  const inImdb = (await ratings('?ids=imdb')).map(({ movieId }: { movieId: string }) => movieId)
  t.strictSame(inImdb, ['tt0000004'], 'of ids elsewhere, one that is not known is left out')
})

t.test('answers that are kept in memory are those of the history of now', async t => {
  const send = await server(t, {
    MODEL_DIR: model,
    LOG_LEVEL: 'silent',
    HISTORY_STORE: `file:${join(dir, 'cache')}`,
    CACHE_BYTES: '1000000'
  })
  const before = await send('/recommend/Ann')
  await request(send, 'PUT', '/users/Ann/ratings/4', { rating: 5 })
  const after = await send('/recommend/Ann')
  t.not(after.body, before.body)
  t.match(await send('/recommend/Ann'), { status: 200, body: after.body })
})

t.test('the routes are documented where there is a store', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', HISTORY_STORE: `file:${join(dir, 'documented')}` })
  const source = (await send('/openapi.json')).body
  const { paths } = JSON.parse(source) as { paths: Record<string, object> }
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(method => `${method} ${path}`))
  for (const operation of [
    'put /users/{userId}/ratings/{movieId}',
    'delete /users/{userId}/ratings/{movieId}',
    'get /users/{userId}/ratings',
    'delete /users/{userId}',
    'post /ratings'
  ])
    t.ok(operations.includes(operation), operation)
  const config = await createConfig({ extends: ['recommended-strict'] })
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config })
  t.same(
    problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    []
  )
})
