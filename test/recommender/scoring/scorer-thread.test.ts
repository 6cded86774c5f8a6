import t from 'tap'
import { flatten, rankingOf } from '../../../src/recommender/scoring/query.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../../src/recommender/scoring/scorer-thread.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { query } from '../../fixtures/graphs.js'

const dir = await trainCheckerboard(t.testdir())
const unexpected = (error: Error) => t.fail(`the thread failed: ${error.message}`)
const terms = { items: 10, order: false }
const [here, there] = await Promise.all([openScorer(dir, terms, 1, unexpected), openScorerThread(dir, terms, 1, unexpected)])
t.teardown(() => Promise.all([here.close(), there.close()]))

t.test('answers are those of the graph on this thread, each to its own call', async t => {
  const crowd = Array.from({ length: 10 }, (_, row) => query([row], [row], 1 + row))
  const answers = await Promise.all(crowd.map(one => there.score(flatten([one]))))
  for (const [i, one] of crowd.entries()) t.same(rankingOf(answers[i], 0), rankingOf(await here.score(flatten([one])), 0))
})

t.test('what the graph cannot answer fails its own call, and no other', async t => {
  const [bad, good] = await Promise.all([[99], [1]].map(history => there.score(flatten([query(history)]))))
  t.throws(() => rankingOf(bad, 0), { message: /indices element out of data bounds/ })
  t.equal(rankingOf(good, 0).rows.length, 10)
})
