import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startApp } from '../../fixtures/doors.js'

t.test('/ is a page for browsers, and a word for checks, which take anything or do not say', async t => {
  const app = await startApp(t, { MODEL_DIR: await trainCheckerboard(t.testdir()) })
  for (const headers of [{}, { accept: '*/*' }, { accept: 'text/plain' }])
    t.match(await app.inject({ url: '/', headers }), { statusCode: 200, body: 'ok', headers: { vary: 'accept' } }, JSON.stringify(headers))
  t.match(await app.inject({ url: '/', headers: { accept: 'text/html,*/*;q=0.8' } }), { statusCode: 200, body: /<html/ })
})
