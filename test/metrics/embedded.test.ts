import t from 'tap'
import { embedded } from '../../src/metrics/embedded.js'

const manifest = { name: 'board', version: '1' } as Parameters<typeof embedded>[0]

function written() {
  const lines: string[] = []
  return { metrics: embedded(manifest, 'space', line => lines.push(line)), lines: () => lines.map(line => JSON.parse(line)) }
}

t.test('each figure has its unit: what lasts is in seconds, what is counted has none of its own', async t => {
  const { metrics, lines } = written()
  metrics.batchScored(3, 0.002)
  metrics.rowsScanned(Int32Array.of(4096))
  metrics.recommended('history')
  metrics.storeAsked('read', 0.003, true)
  metrics.storeAvailable(false)
  metrics.refused('queue_full')
  metrics.answered({ route: '/popular', method: 'GET', status: 200, seconds: 0.004, waiting: 5 })
  const [{ _aws, ...values }] = lines()
  t.same(values, {
    route: '/popular',
    method: 'GET',
    status: '200',
    model: 'board/1',
    recommender_scoring_duration_seconds: 0.002,
    recommender_batch_size: 3,
    recommender_scored_rows: 4096,
    recommender_recommendations_history_total: 1,
    recommender_store_read_duration_seconds: 0.003,
    recommender_store_read_errors_total: 1,
    recommender_store_available: 0,
    recommender_refused_queue_full_total: 1,
    http_requests_total: 1,
    http_request_duration_seconds: 0.004,
    recommender_queue_length: 5
  })
  const units = _aws.CloudWatchMetrics[0].Metrics as { Name: string; Unit: string }[]
  t.same(
    units.map(({ Name }) => Name).sort(),
    Object.keys(values)
      .filter(name => name.includes('_'))
      .sort()
  )
  for (const { Name, Unit } of units)
    t.equal(Unit, Name.endsWith('_seconds') ? 'Seconds' : Name === 'recommender_store_available' ? 'None' : 'Count', Name)
})

t.test('what the store did well is no error', async t => {
  const { metrics, lines } = written()
  metrics.storeAsked('write', 0.003, false)
  metrics.answered({ route: '/', method: 'GET', status: 200, seconds: 0.004, waiting: 0 })
  t.equal(lines()[0].recommender_store_write_duration_seconds, 0.003)
  t.notOk('recommender_store_write_errors_total' in lines()[0])
})

t.test('an event that only keeps a function warm is a line of its own, at once', async t => {
  const { metrics, lines } = written()
  metrics.batchScored(3, 0.002)
  metrics.keptWarm?.()
  const [{ _aws, ...values }] = lines()
  t.same(values, { model: 'board/1', lambda_warm_events_total: 1 })
  t.ok(Math.abs(Date.now() - _aws.Timestamp) < 10_000)
  t.same(_aws.CloudWatchMetrics, [
    { Namespace: 'space', Dimensions: [['model']], Metrics: [{ Name: 'lambda_warm_events_total', Unit: 'Count' }] }
  ])
})
