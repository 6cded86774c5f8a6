import t from 'tap'
import { embedded } from '../../src/metrics/embedded.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'
import { server } from '../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())

t.test('/metrics counts requests by route, what was scored, and why, and names nobody', async t => {
  const ask = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  await Promise.all(Array.from({ length: 20 }, () => ask('/recommend/4')))
  await ask('/recommend/somebody-new')
  await ask('/recommend/4?n=0')
  await ask('/no/such/path')
  const { headers, body } = await ask('/metrics')
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
  const ask = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent' })
  const users = Array<string>(100).fill('4')
  await ask({ path: '/recommend/batch', method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ users }) })
  const { body } = await ask('/metrics')
  t.match(body, /recommender_batch_size_sum 100\nrecommender_batch_size_count 1\n/)
})

t.test('a graph that stops early tells how many rows each request was scored with; others do not', async t => {
  const layout = { rowOrder: Int32Array.from({ length: 10 }, (_, item) => item), blockEnds: { short: [4, 10], long: [10] } }
  const cut = await trainCheckerboard(t.testdir(), { layout })
  const scored = async (dir: string) => {
    const ask = await server(t, { MODEL_DIR: dir, LOG_LEVEL: 'silent' })
    await ask('/recommend/4')
    return (await ask('/metrics')).body
  }
  // Two movies are left to user 4, fewer than are asked for: nothing may be left out.
  t.match(await scored(cut), /recommender_scored_rows_sum 10\nrecommender_scored_rows_count 1\n/)
  t.match(await scored(model), /recommender_scored_rows_count 0\n/)
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

t.test('the function logs that line, and JSON lines only', async t => {
  const code = `
    const { handler } = await import('./dist/lambda.js')
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-amzn-trace-id': 'Root=1-2-3', 'x-request-id': 'mine' }
    await handler({ version: '2.0', rawPath: '/recommend/4', rawQueryString: '', headers, requestContext: { http: { method: 'GET' }, stage: '$default' } }, {})`
  const { out, err } = await startNode(t, ['--input-type=module', '-e', code], { MODEL_DIR: model }).ended
  t.equal(err, '')
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(lines.filter(line => line._aws).at(-1), {
    route: '/recommend/:userId',
    recommender_batch_size: 1,
    recommender_recommendations_history_total: 1
  })
  t.match(
    lines.find(line => line.requestId === 'mine'),
    {
      msg: 'answered',
      traceparent: /^00-0af7/,
      amznTraceId: 'Root=1-2-3',
      status: 200
    }
  )
})
