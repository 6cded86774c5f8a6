import { get } from 'node:http'
import t from 'tap'
import type { Manifest } from '../../../src/recommender/model/manifest.js'
import { openScorer, type OpenScorer } from '../../../src/recommender/scoring/scorer.js'
import { etagsOf } from '../../../src/http/routes/conditional-get.js'
import { movies, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Send, doors, server, startApp } from '../../fixtures/doors.js'

const dir = t.testdir({ plain: {}, titled: {}, quoted: {} })
const board = await trainCheckerboard(`${dir}/plain`)
const plain = await doors(t, board)
const titled = await doors(t, await trainCheckerboard(`${dir}/titled`, { movies }))
const etagOf = async (send: Send, path: string): Promise<string> => (await send(path)).headers.etag
const url = (length: number, last: string): string => '/recommend/'.padEnd(length - 1, 'x') + last

for (const [door, send] of Object.entries(plain)) {
  t.test(`the ETag by ${door}`, async t => {
    t.test('is another one when the model is made again under the same name and version', async t => {
      for (const path of ['/recommend/4', '/similar/4', '/popular']) t.not(await etagOf(send, path), await etagOf(titled[door], path), path)
      const { headers } = await send({ path: '/recommend/4', headers: { accept: 'application/json' } })
      const known = { accept: 'application/json', 'if-none-match': headers.etag }
      t.match(await titled[door]({ path: '/recommend/4', headers: known }), { status: 200, body: /"title":"Movie 4","year":1994/ })
    })
    t.test('is another one for every URL, at every length', async t => {
      for (const length of [98, 99, 100, 101, 110]) {
        const [one, two] = await Promise.all([etagOf(send, url(length, '2')), etagOf(send, url(length, '3'))])
        t.match(one, /^"[!#-~]+"$/)
        t.not(one, two, `${length} characters`)
      }
    })
  })
}

t.test('the ETag is another one in another version of the service', async t => {
  const etag = (version: string): string => etagsOf({ files: {} } as Manifest, version)('/popular', 'text/plain')
  t.equal(etag('1.0.0'), etag('1.0.0'))
  t.not(etag('1.0.0'), etag('1.0.1'))
})

t.test('the ETag names the model, the media type, the revision of a history, and the URL', async t => {
  const etag = etagsOf({ files: {} } as Manifest, '1.0.0')
  t.match(etag('/popular', 'text/plain'), /^"[\w-]{16}\.text\.\/popular"$/)
  t.match(etag('/popular', 'application/json'), /^"[\w-]{16}\.json\.\/popular"$/)
  t.match(etag('/recommend/4', 'text/plain', '7'), /^"[\w-]{16}\.text\.7\.\/recommend\/4"$/)
})

t.test('nothing is scored for a 304', async t => {
  let scored = 0
  const counting: OpenScorer = async (...args) => {
    const scorer = await openScorer(...args)
    return { ...scorer, score: queries => (scored++, scorer.score(queries)) }
  }
  const send = await server(t, { MODEL_DIR: board, LOG_LEVEL: 'silent', CACHE_BYTES: '0' }, counting)
  const { headers } = await send('/recommend/4')
  t.equal(scored, 1)
  t.equal((await send({ path: '/recommend/4', headers: { 'if-none-match': headers.etag } })).status, 304)
  t.equal(scored, 1)
})

t.test('a 304 is sent once, and leaves no warning in the log', async t => {
  const app = await startApp(t, { MODEL_DIR: board })
  const warnings = t.captureFn(() => {})
  app.log.warn = warnings
  for (const url of ['/recommend/4', '/similar/4', '/popular', '/movies/7', '/openapi.json']) {
    const { etag } = (await app.inject({ url })).headers
    const again = await app.inject({ url, headers: { 'if-none-match': String(etag) } })
    t.match(again, { statusCode: 304, body: '' }, url)
  }
  t.same(warnings.args(), [])
})

t.test('a URL with characters that no ETag may hold, or with a comma, is told from others, and known again', async t => {
  const genres = ['Nice', 'N"ice', 'N,ice']
  const named = new Map([...movies].map(([id, { title }], i) => [id, { title, genres: [genres[i % genres.length]] }]))
  const settings = { MODEL_DIR: await trainCheckerboard(`${dir}/quoted`, { movies: named }), LOG_LEVEL: 'silent', CACHE_BYTES: '100000' }
  const app = await startApp(t, settings)
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  // as it stands: fetch() would encode it
  const send = (genre: string, headers = {}): Promise<{ status?: number; etag?: string; body: string }> =>
    new Promise((resolve, reject) => {
      get({ port, path: `/popular?genre=${genre}`, headers }, response => {
        let body = ''
        response.on('data', chunk => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode, etag: response.headers.etag, body }))
      }).on('error', reject)
    })
  const bodies = ['1,4,7,10', '2,5,8', '3,6,9']
  const etags = new Set<string | undefined>()
  for (const [i, genre] of genres.entries()) {
    const { etag, body } = await send(genre)
    t.equal(body, bodies[i], genre)
    t.match(etag, /^"[!#-~]+"$/)
    t.equal((await send(genre, { 'if-none-match': etag })).status, 304, `${genre} is known again`)
    etags.add(etag)
  }
  t.equal(etags.size, genres.length)
})
