import t from 'tap'
import { prometheus } from '../../src/metrics/prometheus.js'

const manifest = { name: 'board', version: '1' } as Parameters<typeof prometheus>[0]

const linesOf = async (metrics: ReturnType<typeof prometheus>): Promise<string[]> => (await metrics.text()).split('\n')

t.test('what others count is told as it is when somebody looks', async t => {
  let [dropped, waiting] = [2, 3]
  const metrics = prometheus(
    manifest,
    () => dropped,
    () => waiting
  )
  const told = async () => (await linesOf(metrics)).filter(line => /^(log_lines_dropped_total|recommender_queue_length) /.test(line))
  t.same(await told(), ['recommender_queue_length 3', 'log_lines_dropped_total 2'])
  ;[dropped, waiting] = [5, 0]
  t.same(await told(), ['recommender_queue_length 0', 'log_lines_dropped_total 5'])
})

t.test('the store is there until it is said to be gone, and each of its operations is told from the start', async t => {
  const metrics = prometheus(
    manifest,
    () => 0,
    () => 0
  )
  const told = async () => (await linesOf(metrics)).filter(line => /^recommender_store_(available|errors|\w+_count)/.test(line))
  const fresh = await told()
  t.ok(fresh.includes('recommender_store_available 1'))
  for (const operation of ['read', 'write', 'forget']) {
    t.ok(fresh.includes(`recommender_store_duration_seconds_count{operation="${operation}"} 0`), operation)
    t.ok(fresh.includes(`recommender_store_errors_total{operation="${operation}"} 0`), operation)
  }
  metrics.storeAsked('read', 0.002, false)
  metrics.storeAsked('read', 0.002, true)
  metrics.storeAvailable(false)
  const later = await told()
  t.ok(later.includes('recommender_store_available 0'))
  t.ok(later.includes('recommender_store_duration_seconds_count{operation="read"} 2'))
  t.ok(later.includes('recommender_store_errors_total{operation="read"} 1'))
})

t.test('durations are told from a millisecond to 2.5 s, batches from 1 to 256 requests, and rows from 1024 to a million', async t => {
  const metrics = prometheus(
    manifest,
    () => 0,
    () => 0
  )
  metrics.answered({ route: '/', method: 'GET', status: 200, seconds: 0.004, waiting: 0 })
  metrics.batchScored(3, 0.004)
  metrics.storeAsked('read', 0.004, false)
  metrics.rowsScanned(Int32Array.of(5000))
  const text = await metrics.text()
  const bounds = (name: string): string[] => {
    const found = [...text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"`, 'gm'))].map(([, bound]) => bound)
    return [...new Set(found)]
  }
  const seconds = ['0.001', '0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf']
  for (const name of ['http_request', 'recommender_scoring', 'recommender_store']) t.same(bounds(`${name}_duration_seconds`), seconds, name)
  t.same(bounds('recommender_batch_size'), ['1', '2', '4', '8', '16', '32', '64', '128', '256', '+Inf'])
  const rows = bounds('recommender_scored_rows')
  t.same([rows[0], rows.length, rows.at(-2)], ['1024', 12, String(2 ** 20)])
})

t.test('each metric says what it is', async t => {
  const metrics = prometheus(
    manifest,
    () => 0,
    () => 0
  )
  const helps = (await linesOf(metrics)).filter(line => /^# HELP (http|recommender|log)_/.test(line))
  t.equal(helps.length, 13)
  for (const line of helps) t.match(line, /^# HELP \w+ [A-Z].*\.$/)
})
