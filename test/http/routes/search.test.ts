import t from 'tap'
import { movies, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, doors, server } from '../../fixtures/doors.js'

const ways = await doors(t, await trainCheckerboard(t.testdir(), { movies }))
const read = ({ body }: Answer) => JSON.parse(body)
const movie7 = { movieId: '7', title: 'Movie 7', year: 1997, genres: ['Odd'], likes: 4, imdbId: 'tt0000007', tmdbId: '107' }

for (const [door, send] of Object.entries(ways)) {
  t.test(`GET /movies by ${door}`, async t => {
    t.test('finds movies by title, with all that is known of them', async t => {
      const answer = await send('/movies?q=movie%207')
      t.match(answer, { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } })
      t.same(read(answer), { movies: [movie7] })
      t.same(read(await send('/movies?q=1997')).movies, [movie7])
      t.same(read(await send('/movies?q=mvoie&n=3')).movies.length, 3, 'a slip of the finger is forgiven')
      t.same(read(await send('/movies?q=nothing')), { movies: [] })
    })

    t.test('answers ten, or n of them', async t => {
      const count = async (query: string) => read(await send(`/movies?q=movie${query}`)).movies.length
      t.same([await count(''), await count('&n=2'), await count('&n=20')], [10, 2, 10])
    })

    t.test('refuses what it does not look for, in a sentence', async t => {
      const words = 'expected a title, or how one begins: a text of 1 to 100 characters'
      for (const [query, detail] of [
        ['', `q: missing; ${words}`],
        ['?q=', `q: ${words}, found ""`],
        [`?q=${'x'.repeat(101)}`, /^q: expected .+ \(101 characters\)$/],
        ['?q=a&n=21', 'n: expected a whole number from 1 to 20, found 21'],
        ['?q=a&limit=5', 'limit: unknown; expected q, n or ids']
      ] as const)
        t.match(read(await send(`/movies${query}`)), { status: 400, code: 'invalid_request', detail }, query)
      t.equal((await send(`/movies?q=${'x'.repeat(100)}`)).status, 200)
    })
  })

  t.test(`GET /movies/:movieId by ${door}`, async t => {
    t.same(read(await send('/movies/7')), movie7)
    t.match(await send('/movies/777'), { status: 404 })
    t.match(read(await send('/movies/777')), { code: 'unknown_movie', detail: 'The model does not know movie 777.' })
  })

  t.test(`what is found by ${door} is 304 for who has it`, async t => {
    for (const path of ['/movies?q=movie', '/movies/7']) {
      const { headers } = await send(path)
      t.match(headers, { etag: /^"/, 'cache-control': 'private, no-cache' })
      const again = await send({ path, headers: { 'if-none-match': headers.etag } })
      t.match(again, { status: 304, body: '', headers: { etag: headers.etag, 'cache-control': 'private, no-cache' } }, path)
    }
  })

  t.test(`ids of other sites by ${door}`, async t => {
    const json = { accept: 'application/json', 'content-type': 'application/json' }
    const post = async (path: string, body: object) =>
      read(await send({ path, method: 'POST', headers: json, body: JSON.stringify({ ids: 'imdb', ...body }) }))
    const idsOf = (items: { movieId: string }[]) => items.map(({ movieId }) => movieId)

    t.test('are taken in the path, and given in text and in JSON', async t => {
      t.equal((await send('/popular?ids=imdb&n=3')).body, 'tt0000001,tt0000002,tt0000003')
      t.equal((await send('/recommend/4?ids=tmdb')).body, '104')
      t.match(read(await send({ path: '/similar/tt0000004?ids=imdb&n=1', headers: json })), {
        movieId: 'tt0000004',
        items: [{ movieId: /^tt/ }]
      })
      t.same(read(await send('/movies/107?ids=tmdb')), { ...movie7, movieId: '107' })
      t.same(read(await send('/movies?q=movie%207&ids=imdb')).movies, [{ ...movie7, movieId: 'tt0000007' }])
    })

    t.test('are taken in histories, only and exclude, and given in reasons', async t => {
      const own = await post('/recommend', { ids: undefined, history: [2, '6'], n: 3, explain: true })
      const elsewhere = await post('/recommend', { history: ['tt0000002', { movieId: 'tt0000006', rating: 5 }], n: 3, explain: true })
      const renamed = JSON.stringify(own.items).replaceAll(/"movieId":"(\d+)"/g, (_, id) => `"movieId":"tt${id.padStart(7, '0')}"`)
      t.same(elsewhere.items, JSON.parse(renamed))
      const few = await post('/recommend', {
        history: ['tt0000002'],
        only: ['tt0000004', 'tt0000006', 'tt0000008'],
        exclude: ['tt0000006']
      })
      t.same(idsOf(few.items).toSorted(), ['tt0000004', 'tt0000008'])
    })

    t.test('are taken and given for groups and batches', async t => {
      const { items } = await post('/recommend/group', { users: ['4'], histories: [['tt0000002']], n: 1 })
      t.same(idsOf(items), ['tt0000004'])
      const { results } = await post('/recommend/batch', { users: ['4', '3'], exclude: ['tt0000003'] })
      t.same(
        results.map(({ items }: { items: { movieId: string }[] }) => idsOf(items)),
        [['tt0000004', 'tt0000005'], ['tt0000004']]
      )
    })

    t.test('are reported where nobody knows them, the ids of the model too', async t => {
      const { unknownMovieIds } = await post('/recommend', { history: ['tt0000002', 6], exclude: ['tt9'], only: ['4', 'tt0000008'] })
      t.same(unknownMovieIds, ['6', 'tt9', '4'])
      t.match(read(await send('/similar/4?ids=imdb')), { status: 404, detail: 'The model does not know movie 4.' })
    })

    t.test('leave out a movie that has none, and fill up', async t => {
      t.equal((await send('/popular?ids=tmdb&n=5')).body, '101,102,103,104,106')
      t.match(await send('/movies?q=movie%205&ids=tmdb'), { body: '{"movies":[]}' })
      const { items } = await post('/recommend', { ids: 'tmdb', userId: '3', explain: true, n: 1 })
      const reasons = idsOf([...items[0].because, ...items[0].against])
      t.ok(reasons.length > 0)
      t.ok(
        reasons.every(id => /^1\d\d$/.test(id)),
        `it is no reason either: ${reasons}`
      )
    })

    t.test('are refused where there are no such sites', async t => {
      t.match(read(await send('/popular?ids=letterboxd')), { status: 400, detail: 'ids: expected imdb or tmdb, found "letterboxd"' })
    })
  })
}

t.test('a model without titles or ids of a site says so', async t => {
  const send = await server(t, { MODEL_DIR: await trainCheckerboard(t.testdir()), LOG_LEVEL: 'silent' })
  t.match(read(await send('/movies?q=heat')), { status: 404, code: 'no_route', detail: /^The model has no titles to look in/ })
  t.same(read(await send('/movies/7')), { movieId: '7', likes: 4 })
  const detail = 'ids: the model has no ids of IMDb; leave it out, and use the ids of the model'
  for (const path of ['/popular?ids=imdb', '/similar/4?ids=imdb', '/movies/4?ids=imdb', '/movies?q=heat&ids=imdb'])
    t.match(read(await send(path)), { status: 400, code: 'invalid_request', detail }, path)
})
