import { readFileSync } from 'node:fs'
import t from 'tap'
import { boot } from '../../../src/boot.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'

const films = 'models/movielens/2'

async function modelOf(dir: string): Promise<Record<string, unknown>> {
  const { app } = await boot({ MODEL_DIR: dir, LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
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
