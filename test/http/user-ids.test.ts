import t from 'tap'
import { decodeHistories, encodeHistories } from '../../src/recommender/model/histories.js'
import { SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { doors } from '../fixtures/doors.js'
import { rewrite } from '../fixtures/model-folder.js'

/** What users 5 to 10 are called, and movie 10 by all of them. */
const NAMES = ['ann@example.org', 'auth0|5f7c', 'us-east-1:2b61-9a', 'Жанна, 村上', '50% off', '🎬'.repeat(50)]
const MOVIE = 'tt 0111161/é'

const dir = await trainCheckerboard(t.testdir())
await rewrite(dir, 'histories.bin', bytes => {
  const table = decodeHistories(bytes, { users: 11, pairs: 89, items: SIZE, ratings: 2 })
  return encodeHistories({ ...table, userIds: table.userIds.map(id => NAMES[Number(id) - 5] ?? id) })
})
await rewrite(dir, 'items.json', bytes => bytes.toString().replace('"10"', JSON.stringify(MOVIE)))
const ways = await doors(t, dir)

for (const [door, send] of Object.entries(ways)) {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    return JSON.parse((await send({ path, method: 'POST', headers, body: JSON.stringify(body) })).body)
  }

  t.test(`a user id may be a number in a body, and is answered as text, by ${door}`, async t => {
    t.match(await post('/recommend', { userId: 4 }), { userId: '4', source: 'history', items: [{ movieId: '4' }, { movieId: '5' }] })
    t.match(await post('/recommend', { userId: 4.0, strict: true }), { userId: '4', source: 'history' })
    t.match(await post('/recommend', { userId: 4, history: [4] }), { userId: '4', items: [{ movieId: '5' }] })
    t.match(await post('/recommend', { userId: 0 }), { userId: '0', source: 'popular' })
    t.match(await post('/recommend', { userId: Number.MAX_SAFE_INTEGER }), { userId: '9007199254740991', source: 'popular' })
    t.match(await post('/recommend', { userId: 777, strict: true }), { status: 404, detail: 'The model has no history of user 777.' })
    t.same((await post('/recommend', { userId: 4 })).items, (await post('/recommend', { userId: '4' })).items)
    t.notHas(await post('/recommend', {}), { userId: String }, 'and nobody is nobody')
  })

  t.test(`of users in a batch, too, each judged for itself, by ${door}`, async t => {
    t.match((await post('/recommend/batch', { users: [4, '4', 777, -4, 4.5, 1e300], strict: true })).results, [
      { status: 200, userId: '4', items: [{ movieId: '4' }, { movieId: '5' }] },
      { status: 200, userId: '4', items: [{ movieId: '4' }, { movieId: '5' }] },
      { status: 404, userId: '777' },
      { status: 400, userId: '-4', problem: { detail: /or a whole number, found -4$/ } },
      { status: 400, userId: '4.5', problem: { detail: /or a whole number, found 4\.5$/ } },
      { status: 400, userId: '1e+300', problem: { detail: /found 1e\+300$/ } }
    ])
  })

  t.test(`what is no obvious id is refused, and named, by ${door}`, async t => {
    for (const userId of [-1, 4.5, 1e300, true, null, [4], { id: 4 }])
      t.match(
        await post('/recommend', { userId }),
        {
          status: 400,
          detail: `userId: expected a text of 1 to 200 bytes without control characters, or a whole number, found ${JSON.stringify(userId)}`
        },
        JSON.stringify(userId)
      )
    t.match(await post('/recommend/batch', { users: [null] }), {
      status: 400,
      detail: 'users.0: expected a user id, as text or as a number, found null'
    })
  })

  t.test(`half of a surrogate pair is no text, by ${door}`, async t => {
    const detail = /^userId: expected a text of 1 to 200 bytes without control characters, or a whole number, found "\\ud83d"$/
    t.match(await post('/recommend', { userId: '\ud83d' }), { status: 400, detail })
    t.match(await post('/recommend', { history: ['\udc00'] }), { status: 400, detail: /^history\.0/ })
    t.match((await post('/recommend/batch', { users: ['\ud83d', '\ud83c\udfac'] })).results, [{ status: 400 }, { status: 200 }])
  })

  t.test(`what is too long is told by its length, not shown, by ${door}`, async t => {
    for (const list of ['history', 'exclude', 'only']) {
      const detail = new RegExp(`^${list}: expected a list of [01] to 2000 entries, each a .+, found 2001$`)
      t.match(await post('/recommend', { [list]: Array(2001).fill(7) }), { status: 400, detail })
    }
    t.match(await post('/recommend/batch', { users: Array(101).fill('4') }), { status: 400, detail: /^users: .+, found 101$/ })
    t.match(await post('/recommend/batch', { users: [] }), { status: 400, detail: /^users: .+, found 0$/ })
    t.match(await post('/recommend', { userId: 'x'.repeat(201) }), { status: 400, detail: /found "x{56}… \(201 characters\)$/ })
    t.ok((await post('/recommend', { history: { x: 'y'.repeat(1000) } })).detail.length < 200)
  })

  t.test(`any text may be an id, by ${door}`, async t => {
    const get = async (path: string) => JSON.parse((await send({ path, headers: { accept: 'application/json' } })).body)
    for (const [i, userId] of NAMES.entries()) {
      const known = { userId, source: 'history', items: [{ movieId: i === 5 ? MOVIE : `${i + 5}` }] }
      t.match(await get(`/recommend/${encodeURIComponent(userId)}?n=1`), known, userId)
      t.match(await post('/recommend', { userId, n: 1 }), known, userId)
    }
    t.match((await post('/recommend/batch', { users: NAMES, strict: true })).results, NAMES.map(userId => ({ status: 200, userId }))) // prettier-ignore
    t.match(await post('/recommend/group', { users: NAMES.slice(0, 2), strict: true }), { source: 'history' })
    const rest = await post('/recommend', { userId: NAMES[5], history: [MOVIE] })
    t.same(rest.items.map(({ movieId }: { movieId: string }) => movieId), ['1']) // prettier-ignore
    t.match(await post('/recommend', { history: [{ movieId: MOVIE, rating: 5 }, 'no/such'], n: 1 }), { source: 'history', unknownMovieIds: ['no/such'] }) // prettier-ignore
  })
}
