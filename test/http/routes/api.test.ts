import t from 'tap'
import { movies, SIZE, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, doors } from '../../fixtures/doors.js'

const ways = await doors(t, await trainCheckerboard(t.testdir(), { movies }))

const post = (path: string, body: unknown, headers = {}) => ({
  path,
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body)
})
const json = { accept: 'application/json' }
const ids = ({ body }: Answer): number[] => body.split(',').filter(Boolean).map(Number)
const evens = [2, 4, 6, 8, 10]

for (const [door, send] of Object.entries(ways)) {
  const recommend = (body: object, headers = {}) => send(post('/recommend', body, headers))

  t.test(`POST /recommend by ${door}`, async t => {
    t.test('recommends for a history that comes with the request, and none of it', async t => {
      t.match(await recommend({ history: [2, 6], n: 3 }), { status: 200, body: /^(4|8|10),(4|8|10),(4|8|10)$/ })
    })

    t.test('gives the same bytes as for a known user with the same history, in whatever order it comes', async t => {
      for (let user = 1; user <= SIZE; user++) {
        const liked = Array.from({ length: SIZE }, (_, i) => i + 1).filter(
          id => (id - user) % 2 === 0 && id !== user && id !== (user % SIZE) + 1
        )
        const exclude = Array.from({ length: SIZE }, (_, i) => i + 1).filter(id => id !== user && id !== (user % SIZE) + 1)
        const known = JSON.parse((await send({ path: `/recommend/${user}`, headers: json })).body)
        const same = JSON.parse((await recommend({ history: liked.reverse(), exclude }, json)).body)
        t.same(same.items, known.items, `user ${user}`)
      }
    })

    t.test('takes ratings: what was rated low makes nobody like it, and never comes back', async t => {
      const rated = (...ratings: number[]) => ratings.map((rating, i) => ({ movieId: i + 1, rating }))
      const liked = JSON.parse((await recommend({ history: [2], exclude: [1, 3] }, json)).body)
      t.same(JSON.parse((await recommend({ history: rated(1, 5, 1) }, json)).body), liked)
      t.match(await recommend({ history: rated(1, 1, 1), n: 2 }), { body: '4,5', headers: { 'x-recommendation-source': 'popular' } })
      t.same(ids(await recommend({ history: [...rated(5, 4), 3], n: 3 })).toSorted(), [5, 7, 9], '5 and a like outweigh one 4')
    })

    t.test('takes the later of two ratings of one movie, and the later of a rating and a stored one', async t => {
      const twice = (first: number, second: number) => [{ movieId: 2, rating: first }, 1, { movieId: 2, rating: second }]
      t.equal((await recommend({ history: twice(1, 5) })).body, (await recommend({ history: [1, 2] })).body)
      t.equal((await recommend({ history: twice(5, 1) })).body, (await recommend({ history: [1], exclude: [2] })).body)
      const disliked = [2, 6, 8, 10].map(movieId => ({ movieId, rating: 1 }))
      t.match(await recommend({ userId: '4', history: disliked }), { headers: { 'x-recommendation-source': 'popular' } })
    })

    t.test('reports unknown movies, and goes on without them', async t => {
      const answer = JSON.parse((await recommend({ history: [2, 777, 6], exclude: [888], n: 2 }, json)).body)
      t.same(answer.unknownMovieIds, ['777', '888'])
      t.equal(answer.source, 'history')
    })

    t.test('says nothing of what there is not: no user, no unknown movies', async t => {
      const answer = JSON.parse((await recommend({ history: [2] }, json)).body)
      t.same(Object.keys(answer).toSorted(), ['items', 'model', 'source'])
    })

    t.test('answers what is popular, and says so, when nothing is known of the history', async t => {
      for (const history of [[], [777, 888]]) {
        const answer = await recommend({ history, n: 3 })
        t.match(answer, { status: 200, body: '1,2,3', headers: { 'x-recommendation-source': 'popular' } })
      }
      t.equal((await recommend({ n: 3 })).body, '1,2,3')
    })

    t.test('extends what is stored of a known user by what was watched a second ago', async t => {
      t.equal((await recommend({ userId: '4' })).body, '4,5')
      t.equal((await recommend({ userId: '4', history: [4] })).body, '5')
      t.equal((await recommend({ userId: '4', history: [5], mode: 'extend' })).body, '4')
    })

    t.test('replaces what is stored of a known user', async t => {
      const [first, second, ...rest] = ids(await recommend({ userId: '4', history: [1, 3, 7], mode: 'replace' }))
      t.same([first, second].sort(), [5, 9], 'an odd taste now')
      t.same(
        rest.sort((a, b) => a - b),
        evens,
        'and what they had seen may come again'
      )
    })

    t.test('knows strictness, like GET', async t => {
      t.match(JSON.parse((await recommend({ userId: 'nobody', strict: true })).body), { status: 404, code: 'unknown_user' })
      t.equal((await recommend({ userId: 'nobody', history: [2] })).status, 200)
      t.equal((await recommend({ history: [2], strict: true })).status, 200, 'nobody is named, so nobody is unknown')
    })

    t.test('refuses what it cannot read, in a sentence', async t => {
      const cases: [body: unknown, detail: string | RegExp][] = [
        [{ history: 'x' }, 'history: expected a list of 0 to 2000 entries, each a movie id, or {"movieId": "589", "rating": 5}, found "x"'],
        [{ history: [''] }, 'history.0: expected a movie id, or {"movieId": "589", "rating": 5}, found ""'],
        [{ history: [1.5] }, 'history.0: expected a movie id, or'],
        [{ history: [-1] }, 'history.0: expected a movie id, or'],
        [{ history: [1, { movieId: 2, rating: 5.5 }] }, 'history.1.rating: expected a rating from 1 to 5, found 5.5'],
        [{ history: [{ movieId: 2, rating: 0 }] }, 'history.0.rating: expected a rating from 1 to 5, found 0'],
        [{ history: [{ movieId: 2, rating: '5' }] }, 'history.0.rating: expected a number, found "5"'],
        [{ history: [{ movieId: 2, rating: null }] }, 'history.0.rating: expected a number, found null'],
        [
          { history: [{ rating: 5 }] },
          'history.0.movieId: missing; expected a text of 1 to 200 bytes without control characters or commas, or a whole number'
        ],
        [{ history: [{ movieId: 2, stars: 5 }] }, 'history.0.stars: unknown; expected movieId or rating'],
        [{ history: Array(2001).fill(1) }, /^history: expected a list of 0 to 2000 entries, .+, found 2001$/],
        [{ n: '3' }, 'n: expected a whole number from 1 to 500, found "3"'],
        [{ n: 501 }, 'n: expected a whole number from 1 to 500, found 501'],
        [{ mode: 'add' }, 'mode: expected extend or replace, found "add"'],
        [{ userId: 'a\tb' }, 'userId: expected a text of 1 to 200 bytes without control characters, or a whole number, found "a\\tb"'],
        [
          { userID: '4' },
          'userID: unknown; expected userId, history, mode, exclude, genre, excludeGenre, from, to, minLikes, maxLikes, only, ids, n, variety, seed, explain or strict'
        ],
        [[], 'body: expected an object, found []'],
        [{ history: Array(1999).fill('') }, /^history\.0: expected a movie id, .+, found ""$/],
        ['{"history":', /JSON/]
      ]
      for (const [body, detail] of cases) {
        t.match(
          JSON.parse((await send(post('/recommend', body))).body),
          { status: 400, code: 'invalid_request', detail },
          JSON.stringify(body).slice(0, 40)
        )
      }
      const other = await send({ path: '/recommend', method: 'POST', headers: { 'content-type': 'text/csv' }, body: '1,2' })
      t.match(JSON.parse(other.body), { status: 415, code: 'unsupported_media_type' })
      const plain = await send({ path: '/recommend', method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })
      t.match(JSON.parse(plain.body), { status: 415, code: 'unsupported_media_type' })
      const wrongMethod = await send({ path: '/popular', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' })
      t.match(JSON.parse(wrongMethod.body), { status: 405, code: 'method_not_allowed' })
      const large = await send(post('/recommend', { history: [1], exclude: [], userId: 'x'.repeat(300_000) }))
      t.match(JSON.parse(large.body), { status: 413, code: 'body_too_large' })
      t.equal((await recommend({ userId: '4' })).body, '4,5')
    })
  })

  t.test(`POST /recommend/batch by ${door}`, async t => {
    const batch = async (body: object) => JSON.parse((await send(post('/recommend/batch', body))).body)

    t.test('gives each user what they would get alone, in their order', async t => {
      const users = Array.from({ length: 100 }, (_, i) => `${(i % 12) + 1}`)
      const { headers, body } = await send(post('/recommend/batch', { users, n: 3 }))
      t.equal(headers['content-type'], 'application/json; charset=utf-8')
      const { model, results } = JSON.parse(body)
      t.equal(model, 'board/1')
      t.equal(results.length, 100)
      for (const [i, userId] of users.entries()) {
        const { source, items } = JSON.parse((await send({ path: `/recommend/${userId}?n=3`, headers: json })).body)
        t.match(results[i], { status: 200, userId, source, items })
      }
    })

    t.test('gives each its own status', async t => {
      const { results } = await batch({ users: ['4', 'nobody', 'a\nb'], strict: true })
      t.match(results, [
        { status: 200, userId: '4', items: [{ movieId: '4' }, { movieId: '5' }] },
        { status: 404, userId: 'nobody', problem: { code: 'unknown_user' } },
        { status: 400, userId: 'a\nb', problem: { code: 'invalid_request', detail: /^userId: expected a text of 1 to 200 bytes/ } }
      ])
    })

    t.test('takes the filters', async t => {
      const { results } = await batch({ users: ['3', '4'], exclude: [4], genre: ['Odd'] })
      t.match(results, [{ items: [{ movieId: '3' }] }, { items: [{ movieId: '5' }] }])
    })

    t.test('refuses no users, more than 100, and what is no list', async t => {
      for (const users of [[], Array(101).fill('4'), '4', [null]]) t.match(await batch({ users }), { status: 400, detail: /^users/ })
      t.match(await batch({}), {
        status: 400,
        detail: 'users: missing; expected a list of 1 to 100 entries, each a user id, as text or as a number'
      })
    })
  })

  t.test(`GET /similar/:movieId by ${door}`, async t => {
    t.test('gives movies that the same people like, never the movie itself', async t => {
      for (let movie = 1; movie <= SIZE; movie++) {
        const alike = ids(await send(`/similar/${movie}?n=500`))
        t.notOk(alike.includes(movie))
        t.equal(alike.length, SIZE - 1)
        t.ok(
          alike.slice(0, 4).every(id => (id - movie) % 2 === 0),
          `${movie}: ${alike}`
        )
      }
    })
    t.test('answers JSON with the movie, and titles', async t => {
      const answer = JSON.parse((await send({ path: '/similar/3?n=1', headers: json })).body)
      t.match(answer, { movieId: '3', source: 'history', model: 'board/1', items: [{ title: /^Movie [1579]$/, year: /^199[1579]$/ }] })
    })
    t.test('answers 404 for a movie it does not know, 400 for what is no movie id', async t => {
      t.match(JSON.parse((await send('/similar/777')).body), {
        status: 404,
        code: 'unknown_movie',
        detail: 'The model does not know movie 777.'
      })
      t.match(JSON.parse((await send('/similar/1,2')).body), {
        status: 400,
        detail: 'movieId: expected a text of 1 to 200 bytes without control characters or commas, found "1,2"'
      })
    })
  })

  t.test(`GET /popular by ${door}`, async t => {
    t.equal((await send('/popular')).body, '1,2,3,4,5,6,7,8,9,10')
    t.match((await send('/popular?n=2')).headers, { 'x-recommendation-source': 'popular' })
  })

  t.test(`filters by ${door}`, async t => {
    t.test('answer one of the genres, filled up to n', async t => {
      t.equal((await send('/popular?genre=Even&n=3')).body, '2,4,6')
      t.equal((await send('/popular?genre=Odd&n=9')).body, '1,3,5,7,9')
      t.equal((await send('/recommend/4?genre=Odd')).body, '5')
      t.equal((await recommend({ userId: '4', genre: ['Nice'] })).body, '4')
    })
    t.test('leave out genres, years and how well known it is, and rank a watch-list', async t => {
      t.equal((await send('/popular?excludeGenre=nice&n=3')).body, '1,3,5')
      t.equal((await send('/popular?from=1994&to=1996')).body, '4,5,6')
      t.equal((await send('/popular?from=1994&to=1994')).body, '4', 'the year itself')
      t.equal((await send('/popular?minLikes=4&n=2')).body, '1,2')
      t.equal((await send('/popular?maxLikes=3')).body, '')
      t.equal((await send('/popular?from=1995&genre=even')).body, '6,8,10')
      const watchList = JSON.parse((await recommend({ history: [2], only: [777, 5, 8, 2] }, json)).body)
      t.match(watchList, { items: [{ movieId: '8' }, { movieId: '5' }], unknownMovieIds: ['777'] })
      t.equal(watchList.items.length, 2, 'not what they have seen')
    })
    t.test('refuse what crosses or is none, in a sentence', async t => {
      for (const [query, detail] of [
        ['from=2000&to=1990', 'to: expected at least 2000, as from says, found 1990'],
        ['minLikes=5&maxLikes=4', 'maxLikes: expected at least 5, as minLikes says, found 4'],
        ['from=0', 'from: expected a whole number from 1 to 9999, found 0'],
        ['to=later', 'to: expected a whole number from 1 to 9999, found "later"'],
        ['minLikes=-1', 'minLikes: expected a whole number from 0 to 1000000000, found -1'],
        ['only=1,2', 'only.0: expected a text of 1 to 200 bytes without control characters or commas, found "1,2"'],
        ['excludeGenre=Western', 'excludeGenre: expected one of Even, Nice, Odd, found "Western"']
      ])
        t.match(JSON.parse((await send(`/popular?${query}`)).body), { status: 400, code: 'invalid_request', detail }, query)
      t.match(JSON.parse((await recommend({ only: [] })).body), { status: 400, detail: /^only: expected a list of 1 to 2000 entries/ })
    })
    // A load balancer without multi-value headers hands on the last of repeated parameters only.
    if (door !== 'Lambda behind ALB') {
      t.test('may be repeated: any of the genres, none of the movies', async t => {
        t.equal((await send('/popular?genre=Odd&genre=Nice&exclude=1&exclude=3')).body, '2,4,5,6,7,8,9,10')
      })
    }
    t.test('leave out what is excluded, and fill up', async t => {
      t.equal((await send('/popular?exclude=2&n=3')).body, '1,3,4')
      t.equal((await send('/similar/2?exclude=4&genre=Odd&n=1')).body.length, 1)
    })
    t.test('refuse a genre that there is not, and name those there are', async t => {
      const { status, detail } = JSON.parse((await send('/popular?genre=Western')).body)
      t.match({ status, detail }, { status: 400, detail: 'genre: expected one of Even, Nice, Odd, found "Western"' })
      t.match(JSON.parse((await send('/popular?exclude=1,2')).body), {
        status: 400,
        detail: /^exclude\.0: expected a text of 1 to 200 bytes/
      })
    })
  })

  t.test(`POST /recommend/group by ${door}`, async t => {
    const group = (body: object, headers = {}) => send(post('/recommend/group', body, headers))
    t.test('answers ids or JSON, for people who are known and others', async t => {
      t.match(await group({ users: ['3', 4] }), { status: 200, body: '4', headers: { 'x-recommendation-source': 'history' } })
      const { people } = JSON.parse((await group({ users: ['4'], histories: [[2]], n: 1, explain: true }, json)).body).items[0]
      t.match(people, [{ userId: '4', because: [{ title: /^Movie/ }] }, { because: [{ movieId: '2' }] }])
      const histories = [[2, { movieId: 1, rating: 3 }], [{ movieId: 7, rating: 4 }], []]
      const { reasons, items } = JSON.parse((await group({ histories, n: 3, explain: true }, json)).body)
      t.equal(reasons, 'sum')
      for (const item of items) {
        const shares = item.people.flatMap(({ because, against }: Record<string, { share: number }[]>) => [...because, ...against])
        const sum = shares.reduce((sum: number, { share }: { share: number }) => sum + share, item.popularity)
        t.ok(Math.abs(sum - item.score) < 1e-6, `of all people, ${sum} is ${item.score}`)
      }
      t.match(await group({ users: ['nobody'], n: 2 }), { body: '1,2', headers: { 'x-recommendation-source': 'popular' } })
    })
    t.test('takes ten people', async t => {
      t.equal((await group({ users: Array(6).fill('4'), histories: Array(4).fill([1]) })).status, 200)
    })
    t.test('refuses nobody, more than ten people, and who is not known where that is asked', async t => {
      const cases: [body: object, detail: string][] = [
        [{}, 'users and histories: expected 1 to 10 people in both, found 0'],
        [{ users: Array(6).fill('4'), histories: Array(5).fill([1]) }, 'users and histories: expected 1 to 10 people in both, found 11'],
        [{ users: Array(11).fill('4') }, 'users: expected a list of 0 to 10 entries, each a text of 1 to 200 bytes without control characters, or a whole number, found 11'], // prettier-ignore
        [{ histories: [[1], [{ movieId: 2, rating: 9 }]] }, 'histories.1.0.rating: expected a rating from 1 to 5, found 9'],
        [{ users: ['4'], mode: 'loudest' }, 'mode: expected together or everyone, found "loudest"'],
        [{ users: ['4'], from: 2000, to: 1999 }, 'to: expected at least 2000, as from says, found 1999']
      ]
      for (const [body, detail] of cases) t.match(JSON.parse((await group(body)).body), { status: 400, detail })
      t.match(JSON.parse((await group({ users: ['4', 'nobody'], strict: true })).body), { status: 404, code: 'unknown_user' })
    })
  })

  t.test(`reasons by ${door}`, async t => {
    t.test('name the movies of the history that weighed most; shares and popularity add up to the score', async t => {
      const history = [2, { movieId: 1, rating: 3 }, { movieId: 6, rating: 2 }]
      const { reasons, items } = JSON.parse((await recommend({ history, explain: true, n: 3 }, json)).body)
      t.equal(reasons, 'sum')
      for (const { score, because, against, popularity } of items) {
        const shares = [...because, ...against].map(({ share }: { share: number }) => share)
        const sum = shares.reduce((sum, share) => sum + share, popularity)
        t.ok(Math.abs(sum - score) < 1e-6, `${sum} is ${score}`)
      }
      t.match(items[0].because[0], { movieId: '2', title: 'Movie 2', year: 1992 })
      const [popular] = JSON.parse((await recommend({ explain: true, n: 1 }, json)).body).items
      t.same([popular.because, popular.popularity], [[], popular.score], 'without a history, popularity is all of it')
      t.equal(JSON.parse((await recommend({ history, n: 1 }, json)).body).items[0].because, undefined, 'only where they are asked for')
    })
    t.test('need JSON', async t => {
      const detail = /^explain: expected `Accept: application\/json`/
      t.match(JSON.parse((await send('/recommend/4?explain=true')).body), { status: 400, detail })
      t.match(JSON.parse((await recommend({ history: [2], explain: true })).body), { status: 400, detail })
      t.equal((await send('/recommend/4?explain=false')).status, 200)
    })
  })

  t.test(`variety and seed by ${door}`, async t => {
    const popular = async (query: string) => (await send(`/popular?${query}`)).body
    t.equal(await popular('seed=7'), await popular('seed=7'), 'a seed gives the same list again')
    t.not(await popular('seed=7'), await popular('seed=8'))
    t.equal(await popular('variety=0'), await popular(''))
    const [first, second] = ids({ body: await popular('variety=1&n=2') } as Answer)
    t.not(first % 2, second % 2, 'the second is of the other kind')
    for (const [query, detail] of [
      ['variety=2', 'variety: expected a number from 0 to 1, found 2'],
      ['variety=-0.1', 'variety: expected a number from 0 to 1, found -0.1'],
      ['variety=much', 'variety: expected a number from 0 to 1, found "much"'],
      ['seed=1.5', 'seed: expected a whole number from 0 to 2147483647, found "1.5"']
    ])
      t.match(JSON.parse(await popular(query)), { status: 400, detail }, query)
  })

  t.test(`titles by ${door} are in JSON and nowhere else`, async t => {
    const { items } = JSON.parse((await send({ path: '/recommend/4', headers: json })).body)
    t.match(items, [
      { title: 'Movie 4', year: 1994 },
      { title: 'Movie 5', year: 1995 }
    ])
    t.equal((await send('/recommend/4')).body, '4,5')
  })

  t.test(`caching by ${door}`, async t => {
    for (const path of ['/recommend/4', '/recommend/4?n=3', '/similar/4', '/popular']) {
      const { headers, body } = await send(path)
      t.match(headers, { etag: /^"[!#-~]+"$/, vary: 'accept', 'cache-control': 'private, no-cache' }, path)
      t.match(await send({ path, headers: { 'if-none-match': headers.etag } }), { status: 304, body: '', headers: { etag: headers.etag } })
      t.match(await send({ path, headers: { 'if-none-match': `"other", W/${headers.etag}` } }), { status: 304 })
      t.match(await send({ path, headers: { 'if-none-match': '"other"' } }), { status: 200, body })
      t.match(await send({ path, method: 'HEAD' }), { status: 200, body: '', headers: { etag: headers.etag } })
    }
    const long = `/popular?${Array.from({ length: 200 }, (_, i) => `exclude=${i}`).join('&')}`
    t.ok((await send(long)).headers.etag.length < 100, 'short, however long the URL')
    const tags = ['/recommend/4', '/recommend/5', '/recommend/4?n=3'].map(path => send(path).then(({ headers }) => headers.etag))
    tags.push(send({ path: '/recommend/4', headers: json }).then(({ headers }) => headers.etag))
    t.equal(new Set(await Promise.all(tags)).size, 4, 'another user, count or type is another answer')
    t.match((await send('/recommend/4?n=0')).headers, { 'cache-control': 'no-store', etag: undefined })
  })

  t.test(`GET /model by ${door} says which model answers`, async t => {
    const model = JSON.parse((await send('/model')).body)
    t.match(model, {
      name: 'board',
      version: '1',
      sha256: /^[0-9a-f]{64}$/,
      items: 10,
      users: 11,
      genres: ['Even', 'Nice', 'Odd'],
      titles: true,
      ratings: { least: 1, greatest: 5, liked: 4 },
      data: { licence: 'none' }
    })
  })

  t.test(`every answer by ${door} is safe to a browser, whatever it is`, async t => {
    for (const path of ['/', '/recommend/4', '/nope', '/recommend/%zz', '/model', '/recommend/4?n=0']) {
      t.match((await send(path)).headers, { 'x-content-type-options': 'nosniff', 'content-security-policy': /default-src 'none'/ }, path)
    }
  })

  t.test(`the page and the reference by ${door} bring all their files`, async t => {
    for (const path of [
      '/page.js',
      '/page.css',
      '/favicon.svg',
      '/docs',
      '/docs/docs.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js'
    ]) {
      const { status, body } = await send({ path, headers: { 'accept-encoding': 'gzip' } })
      t.ok(status === 200 && body.length > 50, path)
    }
  })

  t.test(`health by ${door} has the path that ECS Express Mode asks`, async t => {
    t.match(await send('/ping'), { status: 200, body: 'ok' })
  })
}

t.test('the same questions get the same answers at every door', async t => {
  const questions = [
    post('/recommend', { history: [2, 6], n: 5 }, json),
    post('/recommend/batch', { users: ['1', '2'] }),
    { path: '/similar/3?genre=Odd', headers: json },
    { path: '/model' },
    { path: '/openapi.json' }
  ]
  const answers = (send: Send) =>
    Promise.all(questions.map(question => send(question).then(({ status, body }) => [status, JSON.parse(body)])))
  const [first, ...others] = await Promise.all(Object.values(ways).map(answers))
  // a function has no /metrics
  delete first[4][1].paths['/metrics']
  for (const other of others) t.same(other, first)
})
