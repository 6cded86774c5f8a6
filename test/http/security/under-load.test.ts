import t, { type Test } from 'tap'
import { boot } from '../../../src/boot.js'
import { openScorer, type OpenScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { type Answer, type Send, server, startApp } from '../../fixtures/doors.js'
import { answeredInTheirTurn } from '../../fixtures/turns.js'

const model = await trainCheckerboard(t.testdir())
const serve = (t: Test, env: Record<string, string>): Promise<Send> => server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', ...env })

const never = new Promise<never>(() => {})
const stuck: OpenScorer = async (...args) => ({ ...(await openScorer(...args)), score: () => never })

t.test('a full queue is refused at once, and what was taken is answered', async t => {
  const send = await serve(t, { MAX_QUEUE: '8', MAX_BATCH: '1' })
  const batch = (size: number): Promise<Answer> =>
    send({
      path: '/recommend/batch',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ users: Array<string>(size).fill('4') })
    })
  t.test('a batch as a whole: it gets half of the queue, and the other half stays for single requests', async t => {
    t.match(JSON.parse((await batch(4)).body).results, Array(4).fill({ status: 200, items: [{ movieId: 4 }, { movieId: 5 }] }))
    const refused = await batch(5)
    t.match(refused, { status: 503, headers: { 'retry-after': '1' } })
    t.match(JSON.parse(refused.body), { code: 'overloaded' })
    t.ok((await send('/metrics')).body.includes('\nrecommender_refused_total{reason="queue_full"} 1\n'))
  })
  t.test('and a single one is told when to come back', async t => {
    const { app } = await boot(
      { MODEL_DIR: model, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '', MAX_QUEUE: '1' },
      { openScorer, runs: 'function' }
    )
    t.teardown(() => app.close())
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.inject('/recommend/4')))
    const refused = answers.filter(({ statusCode }) => statusCode !== 200)
    t.ok(refused.length > 0 && refused.length < 50, `${refused.length} of 50, asked in the same turn, are refused`)
    t.ok(
      refused.every(({ statusCode, headers, json }) => statusCode === 503 && headers['retry-after'] === '1' && json().code === 'overloaded')
    )
  })
})

t.test(
  'a refusal goes out after the turn of the event loop in which its request came, so that who asks again cannot make it last',
  async t => {
    const app = await startApp(t, { MODEL_DIR: model, MAX_QUEUE: '1', HANDLER_TIMEOUT_MS: '100' }, stuck)
    const inTheirTurn = answeredInTheirTurn(app)
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const codeOf = async (path: string, body?: string): Promise<string> => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(address + path, body === undefined ? {} : { method: 'POST', headers, body })
      return ((await answer.json()) as { code: string }).code
    }
    t.equal(await codeOf('/recommend/batch', '{"users":["4","5"]}'), 'overloaded')
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf('/recommend/4')))
    t.same([...new Set(codes)].sort(), ['overloaded', 'timeout'])
    t.same(inTheirTurn, [])
  }
)

t.test('an answer that takes longer than allowed is given up, and health checks never wait for it', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', HANDLER_TIMEOUT_MS: '100' }, stuck)
  const waiting = send('/recommend/4')
  t.equal((await send('/')).status, 200)
  t.match(JSON.parse((await waiting).body), { status: 503, code: 'timeout' })
})

t.test('thirty connections that send batches starve nobody', async t => {
  const send = await serve(t, { MAX_QUEUE: '400' })
  const users = Array.from({ length: 100 }, (_, i) => String(i % 11))
  let ended = false
  const flood = async (): Promise<number> => {
    let sent = 0
    for (; !ended; sent++) {
      await send({
        path: '/recommend/batch',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ users })
      })
    }
    return sent
  }
  const floods = Array.from({ length: 30 }, flood)
  const statuses: number[] = []
  for (let i = 0; i < 32; i++) statuses.push((await send('/recommend/4')).status)
  ended = true
  t.ok((await Promise.all(floods)).every(sent => sent > 0))
  t.same(statuses, Array(32).fill(200))
})
