import t from 'tap'
import { SIZE, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, doors } from '../../fixtures/doors.js'

const problem = (answer: Answer) => {
  t.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
  return JSON.parse(answer.body)
}

const ways = await doors(t, await trainCheckerboard(t.testdir()))

for (const [door, send] of Object.entries(ways)) {
  t.test(`GET /recommend/:userId by ${door}`, async t => {
    t.test('offers the movie that alike users love and this user has not seen', async t => {
      for (let user = 1; user <= SIZE; user++) {
        t.match(await send(`/recommend/${user}?n=1`), { status: 200, body: `${user}`, headers: { 'x-recommendation-source': 'history' } })
      }
    })

    t.test('answers ids joined by commas and nothing else, best first', async t => {
      const { body, headers } = await send('/recommend/4')
      t.equal(body, '4,5')
      t.equal(headers['content-type'], 'text/plain; charset=utf-8')
    })

    t.test('gives fewer than asked for when fewer are left, and none of what was seen', async t => {
      t.equal((await send('/recommend/4?n=500')).body, '4,5')
      t.equal((await send('/recommend/99?n=500')).body, '7')
    })

    t.test('gives somebody unknown what is popular, and says so', async t => {
      const { status, headers, body } = await send('/recommend/somebody-new?n=500')
      t.equal(status, 200)
      t.equal(headers['x-recommendation-source'], 'popular')
      t.equal(body, '1,2,3,4,5,6,7,8,9,10', 'all are liked by four users: equal scores rank by movie id')
    })

    t.test('gives somebody who likes nothing what is popular', async t => {
      t.match((await send('/recommend/99')).headers, { 'x-recommendation-source': 'popular' })
    })

    t.test('answers 404 for somebody unknown when asked to be strict', async t => {
      t.match(problem(await send('/recommend/somebody-new?strict=true')), { status: 404, code: 'unknown_user', detail: /somebody-new/ })
      t.equal((await send('/recommend/4?strict=true')).status, 200)
      t.equal((await send('/recommend/somebody-new?strict=false')).status, 200)
    })

    t.test('answers JSON when Accept prefers it', async t => {
      const { headers, body } = await send({ path: '/recommend/4', headers: { accept: 'application/json' } })
      t.match(headers, { 'content-type': /^application\/json/, vary: 'accept' })
      const answer = JSON.parse(body)
      t.match(answer, { userId: '4', source: 'history', model: 'board/1', items: [{ movieId: '4' }, { movieId: '5' }] })
      t.ok(answer.items[0].score > answer.items[1].score, 'best first')
      for (const accept of ['text/plain', 'text/*', '*/*', 'text/html, */*;q=0.1', 'application/json;q=0.5, text/plain']) {
        t.equal((await send({ path: '/recommend/4', headers: { accept } })).body, '4,5', accept)
      }
    })

    t.test('takes every form of user id that is documented', async t => {
      const ids = [
        'a',
        'A.b_c~d-1',
        'ann@example.org',
        'auth0|5f7c',
        'us-east-1:2b61',
        'a b',
        'a,b',
        'Жанна',
        '村上',
        '🎬'.repeat(50),
        'x'.repeat(200)
      ]
      for (const id of ids)
        t.match(await send({ path: `/recommend/${encodeURIComponent(id)}`, headers: { accept: 'application/json' } }), { status: 200 }, id)
      t.equal((await send('/recommend/%34')).body, '4,5', 'an encoded id is the same id')
    })

    t.test('refuses what it cannot read, in a sentence, and serves the next request as before', async t => {
      const expected = (name: string, what: string) => ({ status: 400, code: 'invalid_request', detail: new RegExp(`^${name}: .*${what}`) })
      const cases: [path: string, name: string, what: string][] = [
        ['/recommend/', 'userId', 'expected a text of 1 to 200 bytes without control characters, found ""'],
        ['/recommend/a%09b', 'userId', 'found "a\\\\tb"'],
        ['/recommend/a%C2%85b', 'userId', 'expected a text of 1 to 200 bytes without control characters'],
        [`/recommend/${'%F0%9F%8E%AC'.repeat(51)}`, 'userId', 'expected a text of 1 to 200 bytes'],
        [`/recommend/${'x'.repeat(201)}`, 'userId', 'expected a text of 1 to 200 bytes'],
        [`/recommend/${'x'.repeat(5000)}`, 'userId', 'expected a text of 1 to 200 bytes'],
        ['/recommend/4?n=0', 'n', 'expected a whole number from 1 to 500, found 0'],
        ['/recommend/4?n=501', 'n', 'found 501'],
        ['/recommend/4?n=abc', 'n', 'found "abc"'],
        ['/recommend/4?n=1e3', 'n', 'found "1e3"'],
        ['/recommend/4?n=1e1', 'n', 'found "1e1"'],
        ['/recommend/4?n=%2010', 'n', 'found " 10"'],
        ['/recommend/4?n=', 'n', 'found ""'],
        ['/recommend/4?n=5,6', 'n', 'found "5,6"'],
        ['/recommend/4?strict', 'strict', 'expected true or false, found ""'],
        ['/recommend/4?strict=maybe', 'strict', 'expected true or false'],
        ['/recommend/4?m=3', 'm', 'unknown; expected n, minLikes, maxLikes, only, ids, exclude, variety, seed, explain or strict'],
        ['/recommend/4?n=3&constructor=1', 'constructor', 'unknown']
      ]
      for (const [path, name, what] of cases) t.match(problem(await send(path)), expected(name, what), path.slice(0, 40))
      t.equal((await send('/recommend/4')).body, '4,5')
    })

    t.test('refuses a parameter beside a body, where it would be overlooked', async t => {
      const post = (path: string, body: object) =>
        send({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      for (const [path, body] of [
        ['/recommend', { userId: '4' }],
        ['/recommend/batch', { users: ['4'] }]
      ] as const) {
        const refused = { status: 400, code: 'invalid_request', detail: 'n: unknown; nothing is expected here' }
        t.match(problem(await post(`${path}?n=1`, body)), refused, path)
        t.equal((await post(path, { ...body, n: 1 })).status, 200, path)
      }
    })

    t.test('refuses an Accept that it cannot serve', async t => {
      t.match(problem(await send({ path: '/recommend/4', headers: { accept: 'image/png' } })), { status: 406, code: 'not_acceptable' })
    })

    t.test('answers HEAD like GET, without the body', async t => {
      const { status, body } = await send({ path: '/recommend/4', method: 'HEAD' })
      t.match({ status, body }, { status: 200, body: '' })
    })

    t.test('names the methods a path has', async t => {
      const answer = await send({ path: '/recommend/4', method: 'DELETE' })
      t.match(problem(answer), { status: 405, code: 'method_not_allowed' })
      t.equal(answer.headers.allow, 'GET, HEAD')
    })

    t.test('answers 404 where nothing is served', async t => {
      t.match(problem(await send('/no/such/path')), { status: 404, code: 'no_route', detail: /GET \/no\/such\/path/ })
      t.match(problem(await send('/recommend/4/5')), { status: 404, code: 'no_route' })
    })

    t.test('says which model answered, and under which request id', async t => {
      const { headers } = await send({ path: '/recommend/4', headers: { 'x-request-id': 'mine-1' } })
      t.match(headers, { 'x-model-version': 'board/1', 'x-request-id': 'mine-1' })
      t.notMatch(await send({ path: '/', headers: { 'x-request-id': 'not for "logs"' } }), { headers: { 'x-request-id': 'not for' } })
    })

    t.test('gives a crowd the same answers as one by one', async t => {
      const paths = Array.from({ length: 200 }, (_, i) => `/recommend/${(i % 12) + 1}?n=${(i % 7) + 1}`)
      const json = (path: string) => send({ path, headers: { accept: 'application/json' } }).then(({ body }) => body)
      const alone: string[] = []
      for (const path of paths) alone.push(await json(path))
      t.same(await Promise.all(paths.map(json)), alone)
    })
  })

  t.test(`health by ${door}`, async t => {
    t.test('is 200 for load balancers, liveness and readiness', async t => {
      for (const path of ['/', '/livez', '/readyz']) t.match(await send(path), { status: 200 }, path)
    })
  })
}

t.test('every door gives the same answers', async t => {
  const paths = ['/recommend/4', '/recommend/new?n=3', '/recommend/%00', '/recommend/4?n=%zz', '/nope', '/recommend/']
  const answer = ({ status, body }: Answer) => [status, status < 400 ? body : JSON.parse(body).code]
  const answers = (send: Send) => Promise.all(paths.map(path => send(path).then(answer)))
  const [first, ...others] = await Promise.all(Object.values(ways).map(answers))
  for (const other of others) t.same(other, first)
})

t.test('a repeated n is refused, except behind a load balancer that hands on the last one only', async t => {
  for (const [door, send] of Object.entries(ways)) {
    const { status } = await send('/recommend/4?n=1&n=2')
    t.equal(status, door === 'Lambda behind ALB' ? 200 : 400, door)
  }
})
