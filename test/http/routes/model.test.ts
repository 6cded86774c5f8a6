import { readFileSync } from 'node:fs'
import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startApp } from '../../fixtures/doors.js'

const films = 'models/movielens/2'

async function modelOf(dir: string): Promise<Record<string, unknown>> {
  const app = await startApp(t, { MODEL_DIR: dir })
  return (await app.inject('/model')).json()
}

t.test('/model says whose ids movies have, where they have a page, and how good the model is', async t => {
  const { ids, link, quality } = await modelOf(films)
  t.same(ids, ['imdb', 'tmdb'])
  t.equal(link, 'https://movielens.org/movies/{movieId}')
  t.same(quality, (JSON.parse(readFileSync(`${films}/manifest.json`, 'utf8')) as { quality: object }).quality)
})

t.test('and leaves out what the folder does not say', async t => {
  const model = await modelOf(await trainCheckerboard(t.testdir()))
  t.same(model.ids, [])
  t.notOk('link' in model)
  t.notOk('quality' in model)
})
