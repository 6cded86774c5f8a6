import t from 'tap'
import { boot } from '../../src/boot.js'
import { embedded } from '../../src/metrics/embedded.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { server } from '../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())

t.test('/metrics counts requests by route, what was scored, and why, and names nobody', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  await Promise.all(Array.from({ length: 20 }, () => send('/recommend/4')))
  await send('/recommend/somebody-new')
  await send('/recommend/4?n=0')
  await send('/no/such/path')
  const { headers, body } = await send('/metrics')
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'http_requests_total{route="/recommend/:userId",method="GET",status="200"} 21',
    'http_requests_total{route="/recommend/:userId",method="GET",status="400"} 1',
    'http_requests_total{route="none",method="GET",status="404"} 1',
    'http_request_duration_seconds_count{route="/recommend/:userId",method="GET",status="200"} 21',
    'recommender_recommendations_total{source="history"} 20',
    'recommender_recommendations_total{source="popular"} 1',
    'recommender_batch_size_sum 21',
    'recommender_queue_length 0',
    'recommender_model_info{name="board",version="1"} 1'
  ]) {
    t.ok(body.includes(`\n${line}\n`), line)
  }
  t.match(body, /recommender_scoring_duration_seconds_count \d+\n/)
  t.match(body, /nodejs_eventloop_lag_p99_seconds /)
  t.notMatch(body, 'somebody-new')
})

t.test('a batch call is scored as one batch', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  const users = Array<string>(100).fill('4')
  await send({ path: '/recommend/batch', method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ users }) })
  const { body } = await send('/metrics')
  t.match(body, /recommender_batch_size_sum 100\nrecommender_batch_size_count 1\n/)
})

t.test('a graph that stops early tells how many rows each request was scored with; others do not', async t => {
  const layout = { rowOrder: Int32Array.from({ length: 10 }, (_, item) => item), blockEnds: { short: [4, 10], long: [10] } }
  const cut = await trainCheckerboard(t.testdir(), { layout })
  const scored = async (dir: string) => {
    const send = await server(t, { MODEL_DIR: dir, LOG_LEVEL: 'silent' })
    await send('/recommend/4')
    return (await send('/metrics')).body
  }
  // Two movies are left to user 4, fewer than are asked for: nothing may be left out.
  t.match(await scored(cut), /recommender_scored_rows_sum 10\nrecommender_scored_rows_count 1\n/)
  t.match(await scored(model), /recommender_scored_rows_count 0\n/)
})

t.test('whoever looks twice sees the same figures', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  for (const path of ['/recommend/4', '/recommend/4', '/popular']) await send(path)
  const counted = async (): Promise<string[]> =>
    (await send('/metrics')).body.split('\n').filter(line => /^(http_requests|recommender_\w+)_total\{(?!route="\/metrics")/.test(line))
  const first = await counted()
  t.match(first, ['http_requests_total{route="/recommend/:userId",method="GET",status="200"} 2'])
  t.ok(first.includes('recommender_recommendations_total{source="history"} 2'))
  t.same(await counted(), first)
})

const key = { authorization: 'Bearer a-key-of-some-length' }
const refusing = { MODEL_DIR: model, LOG_LEVEL: 'silent', API_KEYS: 'a-key-of-some-length', RATE_LIMIT_PER_MINUTE: '6', MAX_QUEUE: '1' }

t.test('/metrics counts every refusal once, by its reason, and no other error', async t => {
  const { app } = await boot(refusing, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
  const statuses = async (count: number, url: string, headers: Record<string, string>, remoteAddress: string): Promise<number[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => app.inject({ url, headers, remoteAddress })))
    return answers.map(({ statusCode }) => statusCode).sort()
  }
  t.same(await statuses(3, '/popular', {}, '10.0.0.1'), [401, 401, 401])
  t.same(await statuses(5, '/popular', key, '10.0.0.2'), [200, 503, 503, 503, 503], 'one waits at a time')
  for (let i = 0; i < 6; i++) t.same(await statuses(1, '/nope', key, '10.0.0.3'), [404])
  t.same(await statuses(1, '/nope', key, '10.0.0.3'), [429], 'what is not served counts, too')
  for (let i = 0; i < 6; i++) t.same(await statuses(1, '/popular?n=0', key, '10.0.0.4'), [400])
  for (let i = 0; i < 2; i++) t.same(await statuses(1, '/popular', key, '10.0.0.4'), [429])
  const { body } = await app.inject({ url: '/metrics', headers: key })
  const counted = [...body.matchAll(/^recommender_refused_total\{reason="(\w+)"\} (\d+)$/gm)].map(([, reason, count]) => [reason, +count])
  t.same(Object.fromEntries(counted), { unauthorized: 3, queue_full: 4, rate_limited: 3 })
})

t.test('on Lambda the same figures are one line a request, as CloudWatch reads them', async t => {
  const manifest = { name: 'board', version: '1' } as Parameters<typeof embedded>[0]
  const lines: string[] = []
  const metrics = embedded(manifest, 'space', line => lines.push(line))
  metrics.batchScored(3, 0.002)
  metrics.batchScored(1, 0.001)
  metrics.rowsScanned(Int32Array.of(4096, 8192))
  metrics.recommended('popular')
  metrics.refused('queue_full')
  metrics.answered({ route: '/popular', method: 'GET', status: 200, seconds: 0.004, waiting: 0 })
  metrics.answered({ route: '/', method: 'GET', status: 200, seconds: 0.001, waiting: 0 })
  const [first, second] = lines.map(line => JSON.parse(line))
  t.match(first, {
    route: '/popular',
    status: '200',
    model: 'board/1',
    http_requests_total: 1,
    http_request_duration_seconds: 0.004,
    recommender_scoring_duration_seconds: [0.002, 0.001],
    recommender_batch_size: [3, 1],
    recommender_scored_rows: [4096, 8192],
    recommender_queue_length: 0,
    recommender_recommendations_popular_total: 1,
    recommender_refused_queue_full_total: 1
  })
  const { CloudWatchMetrics, Timestamp } = first._aws
  t.ok(Math.abs(Date.now() - Timestamp) < 10_000)
  t.match(CloudWatchMetrics, [{ Namespace: 'space', Dimensions: [['route', 'method', 'status'], ['model']] }])
  for (const { Name, Unit } of CloudWatchMetrics[0].Metrics) t.ok(Name in first && ['Seconds', 'Count'].includes(Unit), Name)
  t.notOk('recommender_batch_size' in second, 'what belongs to one request is not told again')
})
