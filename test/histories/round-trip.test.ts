import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { type Ended, startNode } from '../fixtures/child.js'
import { server } from '../fixtures/doors.js'

const dir = t.testdir()
const command = (name: string, ...args: string[]): Promise<Ended> => startNode(t, [`build/models/train/${name}.js`, ...args]).ended
const exportRatings = (...args: string[]): Promise<Ended> => command('export-ratings', ...args)
const small = ['--model', 'ials', '--dimensions', '2', '--ials-dimensions', '2', '--rounds', '4', '--threads', '1', '--no-check']

t.test('train, serve, rate, export, train, serve: what was said to the first model, the second one has learnt', async t => {
  const model = await trainCheckerboard(dir)
  const HISTORY_STORE = `file:${join(dir, 'histories')}`
  const send = await server(t, { MODEL_DIR: model, HISTORY_STORE, LOG_LEVEL: 'silent' })
  const ratings = ['2', '4', '6', '8'].map((movieId, i) => ({ userId: 'Ann, "A"', movieId, rating: 5, time: 2_000 - i / 10 }))
  // What a training would take for nobody, for somebody else or for a number.
  const others = ['null', ' Ann', 'Ann\u00a0', '\ufeffAnn', '7.0'].map(userId => ({ userId, movieId: '1' }))
  const headers = { 'content-type': 'application/json' }
  await send({
    path: '/ratings',
    method: 'POST',
    headers,
    body: JSON.stringify({
      ratings: [...ratings, ...others, { userId: 'Bob', movieId: '1' }, { userId: 'Cleo', movieId: '1', rating: 3.14159265 }]
    })
  })
  await send({ path: '/users/1/ratings/3', method: 'DELETE' })
  await send({ path: '/users/1/ratings/4', method: 'PUT', headers, body: '{"rating":2,"time":3000}' })
  await send({ path: '/users/2', method: 'DELETE' })
  const said = await send(`/recommend/${encodeURIComponent('Ann, "A"')}`)

  const out = join(dir, 'ratings-2.csv')
  t.match(await exportRatings('--model', model, '--store', HISTORY_STORE, '--out', out), {
    code: 0,
    out: /: 86 ratings by 13 people\nleft out: 5 people whose ids are not read as they are, such as ".+"\n$/
  })
  const lines = (await readFile(out, 'utf8')).trimEnd().split('\n')
  const of = (userId: string): string[] => lines.filter(line => line.startsWith(`${userId},`))
  t.equal(lines[0], 'userId,movieId,rating,timestamp')
  t.strictSame(
    of('"Ann, ""A"""'),
    ratings.map(({ movieId, time }) => `"Ann, ""A""",${movieId},5,${time}`)
  )
  t.match(of('Bob'), [/^Bob,1,5,1\d{9}(\.\d+)?$/], 'a like is the least rating that is one')
  t.equal(of('1').length, 7)
  t.strictSame(of('1').slice(-2), ['1,10,1,6', '1,4,2,3000'])
  t.strictSame(of('2'), [], 'who is forgotten is in no training')

  const next = join(dir, 'board', '2')
  const trained = await command('train', '--ratings', out, '--out', next, ...small)
  t.equal(trained.code, 0, trained.err)
  const served = await server(t, { MODEL_DIR: next, LOG_LEVEL: 'silent' })
  const learnt = await served(`/recommend/${encodeURIComponent('Ann, "A"')}?strict=true`)
  t.equal(learnt.status, 200)
  t.equal(learnt.headers['x-recommendation-source'], 'history')
  t.equal(learnt.body.split(',')[0], said.body.split(',')[0], 'and offers the movie that all like who like those')
  t.equal((await served('/recommend/2?strict=true')).status, 404)
})

t.test('a store that cannot be read leaves no file', async t => {
  const model = join(dir, 'board', '1')
  const out = join(dir, 'none.csv')
  const gone = await exportRatings('--model', model, '--store', 'redis://:secret@127.0.0.1:1', '--out', out)
  t.match(gone, { code: 1, err: /^\nredis:\/\/127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/ })
  await t.rejects(readFile(out), { code: 'ENOENT' })
  await t.rejects(readFile(`${out}.part`), { code: 'ENOENT' })
  const unknown = await exportRatings('--model', model, '--store', 'valkey://:secret@host', '--out', out)
  t.match(unknown, { code: 1, err: /^\n--store: expected `file:/ })
  const mistyped = await exportRatings('--model', model, '--store', `file:${join(dir, 'historys')}`, '--out', out)
  t.match(mistyped, { code: 1, err: /^\n--store: expected a folder of ratings, found nothing at .*historys/ })
  t.notOk(existsSync(join(dir, 'historys')), 'and makes none')
})
