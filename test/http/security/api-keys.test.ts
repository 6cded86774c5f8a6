import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors } from '../../fixtures/doors.js'

const key = 'a-key-of-some-length'
const ways = await doors(t, await trainCheckerboard(t.testdir()), { API_KEYS: key })

for (const [door, ask] of Object.entries(ways)) {
  t.test(`the scheme may be written in any case, and the key may not, by ${door}`, async t => {
    const status = async (authorization: string) => (await ask({ path: '/recommend/4', headers: { authorization } })).status
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEARER']) t.equal(await status(`${scheme} ${key}`), 200, scheme)
    for (const wrong of [`bearer ${key.toUpperCase()}`, `bearer${key}`, `basic ${key}`, `bearers ${key}`, `bearer`, `bearer ${key}x`])
      t.equal(await status(wrong), 401, wrong)
  })
}
