import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import t from 'tap'
import type { App } from '../../../src/http/fastify.js'
import { catalogueRoute } from '../../../src/http/routes/catalogue.js'
import { Catalogue } from '../../../src/recommender/catalogue.js'
import { map, movies, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startApp } from '../../fixtures/doors.js'

const dir = t.testdir({ titled: {}, bare: {} })
const titled = await trainCheckerboard(`${dir}/titled`, { movies, map })
const bare = await trainCheckerboard(`${dir}/bare`)

const serve = (env: Record<string, string>): Promise<App> => startApp(t, env)

t.test('the catalogue has an entry for each movie in each column that the model has', async t => {
  const app = await serve({ MODEL_DIR: titled })
  const columns = (await app.inject('/catalogue')).json<Record<string, unknown[]>>()
  t.same(Object.keys(columns).sort(), ['genres', 'imdbIds', 'likes', 'movieIds', 'titles', 'tmdbIds', 'x', 'y', 'years'])
  for (const [name, column] of Object.entries(columns)) t.equal(column.length, 10, name)
  const [first, fifth] = [0, 4].map(row => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[row]])))
  t.same(first, {
    movieIds: '1',
    titles: 'Movie 1',
    years: 1991,
    genres: ['Odd'],
    likes: 4,
    imdbIds: 'tt0000001',
    tmdbIds: '101',
    x: 0,
    y: 0
  })
  t.equal(fifth.tmdbIds, null, 'what is not known')
  t.same(Object.keys((await (await serve({ MODEL_DIR: bare })).inject('/catalogue')).json()), ['movieIds', 'likes'])
})

t.test('/model says whether there is a map', async t => {
  t.match((await (await serve({ MODEL_DIR: titled })).inject('/model')).json(), { map: true, titles: true })
  t.match((await (await serve({ MODEL_DIR: bare })).inject('/model')).json(), { map: false, titles: false })
})

t.test('it is compressed, kept by clients under its ETag, and behind the API key like all that is asked of the model', async t => {
  const app = await serve({ MODEL_DIR: titled, API_KEYS: 'a-key-of-some-length' })
  t.match(await app.inject('/catalogue'), { statusCode: 401 })
  const headers = { authorization: 'Bearer a-key-of-some-length', 'accept-encoding': 'gzip' }
  const answer = await app.inject({ url: '/catalogue', headers })
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.match(JSON.parse(gunzipSync(answer.rawPayload).toString()), { movieIds: ['1', '2'] })
  t.match(await app.inject({ url: '/catalogue', headers: { ...headers, 'if-none-match': String(answer.headers.etag) } }), {
    statusCode: 304,
    body: ''
  })
})

t.test('a catalogue too large to be made in one turn of the event loop is refused', async t => {
  const send = (most: number) => {
    const app = Fastify() as unknown as App
    catalogueRoute(app, { catalogue: new Catalogue({ movieIds: ['1', '2', '3'] }) }, most)
    return app.inject('/catalogue')
  }
  t.match((await send(2)).json(), { code: 'no_route', message: 'The catalogue of 3 movies is not sent whole: at most 2 are.' })
  t.match((await send(3)).json(), { movieIds: ['1', '2', '3'] })
})
