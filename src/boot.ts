import { pino } from 'pino'
import type { App } from './http/fastify.js'
import { type Config, readConfig } from './config.js'
import { embedded } from './metrics/embedded.js'
import type { Metrics } from './metrics/metrics.js'
import { loadModel } from './recommender/model/load-model.js'
import { Recommender } from './recommender/recommender.js'
import type { OpenScorer } from './recommender/scoring/scorer.js'
import { entriesOf } from './validation/lists.js'

export interface BootOptions {
  /** runs the graph on this thread, or on one of its own */
  openScorer: OpenScorer
  /** a server listens; a function is called, frozen and thawed */
  runs: 'server' | 'function'
  isReady?: () => boolean
  onFailure?: (error: Error) => void
}

/**
 * What both entries share: settings, then the model, then the app.
 *
 * @throws Error that names the settings or the model file that cannot be used
 */
export async function boot(
  env: NodeJS.ProcessEnv,
  { openScorer, runs, isReady = () => true, onFailure }: BootOptions
): Promise<{ app: App; config: Config; metrics: Metrics; warmUp: () => Promise<void> }> {
  const config = readConfig(env)
  const logger = pino({ level: config.LOG_LEVEL })
  // The model is opened on its thread while this one reads the framework.
  const [model, { buildApp }] = await Promise.all([
    loadModel(config.MODEL_DIR, openScorer, { threads: config.SCORING_THREADS, onFailure }),
    import('./http/app.js')
  ])
  const figures = runs === 'server' ? (await import('./metrics/prometheus.js')).prometheus(model.manifest) : undefined
  const metrics: Metrics =
    figures ??
    embedded(model.manifest, config.METRICS_NAMESPACE, line => {
      if (config.METRICS_NAMESPACE) process.stdout.write(`${line}\n`)
    })
  const { MAX_BATCH: maxBatch, MAX_QUEUE: maxQueue, HANDLER_TIMEOUT_MS: maxWaitMs } = config
  const recommender = new Recommender(model, { maxBatch, maxQueue, maxInFlight: 2, maxWaitMs }, metrics)
  const isServer = runs === 'server'
  const options = { recommender, config, logger, metrics, prometheus: figures, isReady }
  const app = buildApp({ ...options, watchesEventLoop: isServer, believesPrefix: !isServer })
  return { app, config, metrics, warmUp: () => warmUp(app, entriesOf(config.API_KEYS)[0]) }
}

/** Sends one real request through the app. It compiles the validators, the serializer and our own code, and proves that they work. */
async function warmUp(app: App, key: string | undefined): Promise<void> {
  const headers = { accept: 'application/json', ...(key && { authorization: `Bearer ${key}` }) }
  // from an address that belongs to nobody (RFC 5737), so that it counts for no client
  const { statusCode, body } = await app.inject({ url: '/recommend/warm-up', headers, remoteAddress: '192.0.2.1' })
  if (statusCode !== 200) throw new Error(`The first request, made to warm up, was answered with ${statusCode}: ${body}`)
}
