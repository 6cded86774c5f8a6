import type { App } from './app.js'
import { type Config, readConfig } from './config.js'
import { createLogger } from './logger.js'
import { embedded } from './metrics/embedded.js'
import { loadModel } from './recommender/load.js'
import { createRecommender } from './recommender/recommender.js'
import type { OpenScorer } from './recommender/scorer.js'
import { listed } from './validate.js'

export interface BootOptions {
  /** where the graph runs: on this thread or on its own */
  openScorer: OpenScorer
  /** a server listens and is fetched from; a function is called, frozen and thawed */
  runs: 'server' | 'function'
  isReady?: () => boolean
  onFailure?: (error: Error) => void
}

/**
 * What both entries share: settings, then the model, then the app on it.
 *
 * @throws Error saying which settings or which model file cannot be used
 */
export async function boot(
  env: NodeJS.ProcessEnv,
  { openScorer, runs, isReady = () => true, onFailure }: BootOptions
): Promise<{ app: App; config: Config; warmUp: () => Promise<void> }> {
  const config = readConfig(env)
  const logger = await createLogger(config.LOG_LEVEL)
  // The model is opened on its thread while this one reads the framework.
  const [model, { buildApp }] = await Promise.all([
    loadModel(config.MODEL_DIR, openScorer, { threads: config.SCORING_THREADS, onFailure }),
    import('./app.js')
  ])
  const figures = runs === 'server' ? (await import('./metrics/prometheus.js')).prometheus(model.manifest) : undefined
  const metrics =
    figures ??
    embedded(model.manifest, config.METRICS_NAMESPACE, line => {
      if (config.METRICS_NAMESPACE) process.stdout.write(`${line}\n`)
    })
  const { MAX_BATCH: maxBatch, MAX_QUEUE: maxQueue, HANDLER_TIMEOUT_MS: maxWaitMs } = config
  const recommender = createRecommender(model, { maxBatch, maxQueue, maxInFlight: 2, maxWaitMs }, metrics)
  const app = buildApp({ recommender, config, logger, metrics, prometheus: figures, isReady, pressure: runs === 'server' })
  return { app, config, warmUp: () => warmUp(app, listed(config.API_KEYS)[0]) }
}

/**
 * One real request through the app: it compiles the validators, the serializer and our own code, and proves that all of it
 * works. The log tells of it only when it fails.
 */
async function warmUp(app: App, key: string | undefined): Promise<void> {
  const { level } = app.log
  app.log.level = 'error'
  const headers = { accept: 'application/json', ...(key && { authorization: `Bearer ${key}` }) }
  // from an address that is nobody's (RFC 5737), so that it counts for no client
  const { statusCode, body } = await app.inject({ url: '/recommend/warm-up', headers, remoteAddress: '192.0.2.1' })
  app.log.level = level
  if (statusCode !== 200) throw new Error(`The first request, made to warm up, was answered with ${statusCode}: ${body}`)
}
