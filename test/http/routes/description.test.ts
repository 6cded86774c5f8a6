import { join } from 'node:path'
import t from 'tap'
import { server } from '../../fixtures/doors.js'
import { isGenerated } from '../../fixtures/document.js'

t.test('docs/openapi.json is what the default model serves where ratings are kept: no word of it changes unnoticed', async t => {
  const send = await server(t, {
    MODEL_DIR: 'models/movielens/2',
    HISTORY_STORE: `file:${join(t.testdir(), 'histories')}`,
    LOG_LEVEL: 'silent'
  })
  const { headers, body } = await send('/openapi.json')
  t.equal(headers['content-type'], 'application/json; charset=utf-8')
  await isGenerated(t, 'docs/openapi.json', `${JSON.stringify(JSON.parse(body), null, 2)}\n`, 'test/http/routes/description.test.ts')
})
