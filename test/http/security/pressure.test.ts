import t from 'tap'
import { boot } from '../../../src/boot.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, server } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())
const health = ['/', '/livez', '/readyz', '/ping']

t.test('while the event loop is late, requests are refused and counted, health checks are not, and Lambda refuses nobody', async t => {
  const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent', MAX_EVENT_LOOP_DELAY_MS: '5' }
  const send = await server(t, settings)
  const { app } = await boot({ ...settings, METRICS_NAMESPACE: '' }, { openScorer, runs: 'function' })
  t.teardown(() => app.close())
  t.equal((await send('/recommend/4')).status, 200)
  await app.ready()
  let refusals = 0
  const counting = async (path: string): Promise<Answer> => {
    const answer = await send(path)
    if (answer.status === 503) refusals++
    return answer
  }
  // Longer than the second between two looks at the delay: the next look sees it, or, if it came before the delay was noted, the one after.
  for (const until = performance.now() + 1100; performance.now() < until;);
  let refused = await counting('/recommend/4')
  for (
    const until = performance.now() + 2000;
    refused.status === 200 && performance.now() < until;
    refused = await counting('/recommend/4')
  )
    await new Promise(resolve => setTimeout(resolve, 50))
  t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
  t.match(JSON.parse(refused.body), { code: 'overloaded', detail: /^The event loop is late/ })
  for (const path of health) t.equal((await send(path)).status, 200, path)
  t.equal((await app.inject('/recommend/4')).statusCode, 200)
  let figures = await counting('/metrics')
  for (; figures.status === 503; figures = await counting('/metrics')) await new Promise(resolve => setTimeout(resolve, 200))
  t.match(figures.body, `\nrecommender_refused_total{reason="event_loop"} ${refusals}\n`)
})
