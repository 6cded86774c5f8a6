import t from 'tap'
import { boot } from '../../../src/boot.js'
import type { App } from '../../../src/http/fastify.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { answeredInTheirTurn } from '../../fixtures/turns.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'

const model = await trainCheckerboard(t.testdir())
const health = ['/', '/livez', '/readyz', '/ping']

t.test(
  'while turns of the event loop are long, some requests are answered, the rest is refused and counted, and health checks are not',
  async t => {
    const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent', MAX_QUEUE_MS: '320' }
    /** Holds up the event loop for each request. */
    const slow = (app: App) =>
      app.addHook('preHandler', (request, _reply, done) => {
        if (request.url.startsWith('/recommend')) for (const until = performance.now() + 30; performance.now() < until;);
        done()
      })
    const { app } = await boot(settings, { openScorer, runs: 'server' })
    const statuses = answeredInTheirTurn(app)
    const address = await slow(app).listen({ host: '127.0.0.1', port: 0 })
    t.teardown(() => app.close())
    const send = (path: string): Promise<Response> => fetch(address + path)
    const crowd = (): Promise<Response[]> => Promise.all(Array.from({ length: 20 }, () => send('/recommend/4')))

    // Who comes while a turn is long for the first time has only come after a pause.
    const answers = [...(await crowd()), ...(await crowd()), ...(await crowd()), ...(await crowd())]
    const refused = answers.filter(({ status }) => status === 503)
    t.ok(answers.some(({ status }) => status === 200) && refused.length > 0, `${refused.length} of ${answers.length} are refused`)
    t.match(await refused[0].json(), { code: 'overloaded', detail: /^The event loop is late/ })
    t.equal(refused[0].headers.get('retry-after'), '1')
    t.notOk(statuses.includes(503), 'a refusal goes out after the turn in which its request came')
    const [busy, ...healthy] = await Promise.all([crowd(), ...health.map(send)])
    for (const { status, url } of healthy) t.equal(status, 200, url)
    await new Promise(resolve => setTimeout(resolve, 100))
    t.equal((await send('/recommend/4')).status, 200, 'when they are gone, others are answered')
    const refusals = [...answers, ...busy].filter(({ status }) => status === 503).length
    t.match(await (await send('/metrics')).text(), `\nrecommender_refused_total{reason="event_loop"} ${refusals}\n`)

    const { app: lambda } = await boot({ ...settings, METRICS_NAMESPACE: '' }, { openScorer, runs: 'function' })
    slow(lambda)
    t.teardown(() => lambda.close())
    const calls = await Promise.all(Array.from({ length: 20 }, () => lambda.inject('/recommend/4')))
    t.ok(
      calls.every(({ statusCode }) => statusCode === 200),
      'a function refuses nobody'
    )
  }
)
