import cluster from 'node:cluster'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { OPERATIONS } from '../histories/store.js'
import type { Manifest } from '../recommender/model/manifest.js'
import { metricsOfAllWorkers } from './all-workers.js'
import type { Metrics } from './metrics.js'

export interface Prometheus extends Metrics {
  readonly contentType: string
  /** of all workers, where there are several */
  text(): Promise<string>
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256]
const ROWS = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576]

/**
 * The metrics for Prometheus, named by its conventions: https://prometheus.io/docs/practices/naming/.
 *
 * @param linesDropped see logger.ts
 * @param waiting how many requests wait to be scored at this moment
 */
export function prometheus({ name, version }: Manifest, linesDropped: () => number, waiting: () => number): Prometheus {
  const registry = new Registry()
  const registers = [registry]
  // process_* and nodejs_*, the event-loop delay among them
  collectDefaultMetrics({ register: registry })

  const labelNames = ['route', 'method', 'status'] as const
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route, method and status.',
    labelNames,
    buckets: SECONDS,
    registers
  })
  new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by route, method and status.',
    labelNames,
    registers,
    // The histogram counts requests already, so this one is filled when it is read.
    async collect() {
      this.reset()
      for (const { metricName, labels, value } of (await requests.get()).values) if (metricName?.endsWith('_count')) this.inc(labels, value)
    }
  })
  const scoring = new Histogram({
    name: 'recommender_scoring_duration_seconds',
    help: 'Time to score a batch.',
    buckets: SECONDS,
    registers
  })
  const size = new Histogram({ name: 'recommender_batch_size', help: 'Requests scored in one batch.', buckets: SIZES, registers })
  const rows = new Histogram({
    name: 'recommender_scored_rows',
    help: 'Item rows that a request was scored with, where the graph stops early.',
    buckets: ROWS,
    registers
  })
  new Gauge({
    name: 'recommender_queue_length',
    help: 'Requests that wait to be scored.',
    registers,
    collect() {
      this.set(waiting())
    }
  })
  const refused = new Counter({
    name: 'recommender_refused_total',
    help: 'Requests refused, by reason.',
    labelNames: ['reason'],
    registers
  })
  // Plain numbers are faster than a counter, which is filled when it is read.
  const recommended = { history: 0, popular: 0 }
  new Counter({
    name: 'recommender_recommendations_total',
    help: 'Recommendations worked out, by what decided them; answers kept from before are not among them.',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset()
      for (const [source, count] of Object.entries(recommended)) this.inc({ source }, count)
    }
  })
  const store = new Histogram({
    name: 'recommender_store_duration_seconds',
    help: 'Time that the store of live histories took, by operation; a read may be for many users.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers
  })
  const storeErrors = new Counter({
    name: 'recommender_store_errors_total',
    help: 'What the store of live histories did not do, by operation: it failed, was late, or was not asked as it was gone.',
    labelNames: ['operation'],
    registers
  })
  const storeAvailable = new Gauge({
    name: 'recommender_store_available',
    help: 'Whether the store of live histories is asked; 0 after several failures in a row. 1 where there is none.',
    registers,
    aggregator: 'min'
  })
  storeAvailable.set(1)
  for (const operation of OPERATIONS) {
    store.zero({ operation })
    storeErrors.inc({ operation }, 0)
  }
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines that nothing took: a full disk, or a pipe that nobody reads.',
    registers,
    collect() {
      this.reset()
      this.inc(linesDropped())
    }
  })
  new Gauge({
    name: 'recommender_model_info',
    help: 'The model that is served.',
    labelNames: ['name', 'version'],
    registers,
    aggregator: 'first'
  }).set({ name, version }, 1)

  // Looking up labels costs as much as routing a request. There are few of them, so each is looked up once.
  const durations = memoize((route: string) =>
    memoize((method: string) => memoize((status: number) => requests.labels(route, method, `${status}`)))
  )

  return {
    contentType: registry.contentType,
    answered({ route, method, status, seconds }) {
      durations(route)(method)(status).observe(seconds)
    },
    batchScored(count, seconds) {
      scoring.observe(seconds)
      size.observe(count)
    },
    recommended(source) {
      recommended[source]++
    },
    storeAsked(operation, seconds, failed) {
      store.labels(operation).observe(seconds)
      if (failed) storeErrors.inc({ operation })
    },
    storeAvailable: isAvailable => storeAvailable.set(Number(isAvailable)),
    rowsScanned(counts) {
      for (const count of counts) rows.observe(count)
    },
    refused: reason => refused.inc({ reason }),
    text: cluster.isWorker ? metricsOfAllWorkers(registry) : () => registry.metrics()
  }
}

/** The same function, which works out each answer only once; for few keys. */
function memoize<Key, Value>(of: (key: Key) => Value): (key: Key) => Value {
  const values = new Map<Key, Value>()
  return key => {
    let value = values.get(key)
    if (value === undefined) values.set(key, (value = of(key)))
    return value
  }
}
