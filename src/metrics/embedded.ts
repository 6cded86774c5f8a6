import type { Manifest } from '../recommender/model/manifest.js'
import type { Metrics } from './metrics.js'

/**
 * The same metrics as log lines, one for each request. CloudWatch reads metrics from such lines (embedded metric format):
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * A function answers one request at a time, so everything scored since the last line belongs to this request.
 *
 * @param write takes a line, without its line end
 */
export function embedded({ name, version }: Manifest, namespace: string, write: (line: string) => void): Metrics {
  const model = `${name}/${version}`
  let figures: Record<string, Figure> = {}
  const add = (metric: string, value: number, unit: string): void => {
    figures[metric] = { unit, values: [...(figures[metric]?.values ?? []), value] }
  }
  return {
    batchScored(size, seconds) {
      add('recommender_scoring_duration_seconds', seconds, 'Seconds')
      add('recommender_batch_size', size, 'Count')
    },
    rowsScanned(rows) {
      for (const count of rows) add('recommender_scored_rows', count, 'Count')
    },
    recommended: source => add(`recommender_recommendations_${source}_total`, 1, 'Count'),
    // a line of its own, for it belongs to no request
    keptWarm: () => {
      const metrics = [{ Name: WARM_EVENTS, Unit: 'Count' }]
      const _aws = { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['model']], Metrics: metrics }] }
      write(JSON.stringify({ _aws, model, [WARM_EVENTS]: 1 }))
    },
    storeAsked(operation, seconds, failed) {
      add(`recommender_store_${operation}_duration_seconds`, seconds, 'Seconds')
      if (failed) add(`recommender_store_${operation}_errors_total`, 1, 'Count')
    },
    storeAvailable: isAvailable => add('recommender_store_available', Number(isAvailable), 'None'),
    refused: reason => add(`recommender_refused_${reason}_total`, 1, 'Count'),
    answered({ route, method, status, seconds, waiting }) {
      add('http_requests_total', 1, 'Count')
      add('http_request_duration_seconds', seconds, 'Seconds')
      add('recommender_queue_length', waiting, 'Count')
      const metrics = Object.entries(figures).map(([Name, { unit }]) => ({ Name, Unit: unit }))
      const _aws = {
        Timestamp: Date.now(),
        CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['route', 'method', 'status'], ['model']], Metrics: metrics }]
      }
      const values = Object.fromEntries(
        Object.entries(figures).map(([metric, { values }]) => [metric, values.length === 1 ? values[0] : values])
      )
      figures = {}
      write(JSON.stringify({ _aws, route, method, status: String(status), model, ...values }))
    }
  }
}

const WARM_EVENTS = 'lambda_warm_events_total'

interface Figure {
  unit: string
  values: number[]
}
