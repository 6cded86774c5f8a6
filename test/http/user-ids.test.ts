import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { doors } from '../fixtures/doors.js'

const ways = await doors(t, await trainCheckerboard(t.testdir()))

for (const [door, ask] of Object.entries(ways)) {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    return JSON.parse((await ask({ path, method: 'POST', headers, body: JSON.stringify(body) })).body)
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
}
