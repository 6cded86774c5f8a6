import type { App } from './http/fastify.js'
import { type Config, readConfig } from './config.js'
import type { LiveHistories, StoreObserver } from './histories/live-histories.js'
import { createLogger } from './logger.js'
import { embedded } from './metrics/embedded.js'
import type { Metrics } from './metrics/metrics.js'
import { checkFolder, openFolder } from './recommender/model/load-model.js'
import { watchFiles } from './recommender/model/watch-files.js'
import { Recommender } from './recommender/recommender.js'
import type { OpenScorer } from './recommender/scoring/scorer.js'
import { watch } from './recommender/scoring/watchdog.js'
import type { Logger } from 'pino'
import { entriesOf } from './validation/lists.js'

export interface BootOptions {
  /** runs the graph on this thread, or on one of its own */
  openScorer: OpenScorer
  /** a server listens; a function is called, frozen and thawed */
  runs: 'server' | 'function'
  isReady?: () => boolean
  /** whether other processes of the service take the cores that the scoring thread would use */
  isCrowded?: boolean
}

/**
 * What both entries share: settings, then the model, then the app.
 *
 * @throws Error that names the settings or the model file that cannot be used
 */
export async function boot(
  env: NodeJS.ProcessEnv,
  { openScorer, runs, isCrowded = false, isReady = () => true }: BootOptions
): Promise<{ app: App; config: Config; metrics: Metrics; warmUp: () => Promise<void> }> {
  const config = readConfig(env)
  const { logger, linesDropped } = await createLogger(config.LOG_LEVEL)
  const folder = await checkFolder(config.MODEL_DIR)
  // Reading the framework holds this thread up. A graph that is opened on a thread of its own is opened meanwhile.
  const [model, { buildApp }] = await Promise.all([
    openFolder(folder, openScorer, { threads: config.SCORING_THREADS, limitMs: config.SCORING_TIMEOUT_MS, onFailure }),
    import('./http/app.js')
  ])
  for (const warning of model.scorer.warnings) logger.warn(warning)
  const waiting = (): number => recommender.waiting
  const figures =
    runs === 'server' ? (await import('./metrics/prometheus.js')).prometheus(model.manifest, linesDropped, waiting) : undefined
  const metrics: Metrics =
    figures ??
    embedded(model.manifest, config.METRICS_NAMESPACE, line => {
      if (config.METRICS_NAMESPACE) process.stdout.write(`${line}\n`)
    })
  const { MAX_BATCH: maxBatch, MAX_QUEUE: maxQueue, MAX_QUEUE_MS: maxQueueMs, HANDLER_TIMEOUT_MS: maxWaitMs } = config
  const scorer = watch(model.scorer, config.SCORING_TIMEOUT_MS, onFailure)
  // Two halves of a batch cost more than the whole, and pay where one of them waits for the scoring thread.
  const maxInFlight = isCrowded ? 1 : 2
  const recommender = new Recommender({ ...model, scorer }, { maxBatch, maxQueue, maxQueueMs, maxInFlight, maxWaitMs }, metrics)
  const histories = await openHistories(config, logger, metrics).catch(async error => {
    await recommender.close()
    throw error
  })
  const app = buildApp({ recommender, histories, config, logger, metrics, prometheus: figures, isReady, listens: runs === 'server' })
  if (runs === 'server') {
    const unwatch = watchFiles(config.MODEL_DIR, Object.keys(model.manifest.files), name => {
      logger.error(`${name} of the model folder was changed in place: answers may be wrong until the service starts anew`)
    })
    app.addHook('onClose', async () => unwatch())
  }
  return { app, config, metrics, warmUp: () => warmUp(app, entriesOf(config.API_KEYS)[0]) }
}

/** What a store needs is loaded only where there is one. A store that cannot be reached may be there later: the service starts. */
async function openHistories(config: Config, logger: Logger, metrics: Metrics): Promise<LiveHistories | undefined> {
  if (config.HISTORY_STORE === '') return undefined
  const [{ openStore, withoutPassword }, { LiveHistories }] = await Promise.all([
    import('./histories/open-store.js'),
    import('./histories/live-histories.js')
  ])
  const { store, unreachable } = await openStore(config.HISTORY_STORE, config.HISTORY_TTL_DAYS, 'HISTORY_STORE')
  const name = withoutPassword(config.HISTORY_STORE)
  const STALE = 'answers go on from the model folder, and writes are refused'
  if (unreachable) logger.error(`${name} cannot be reached: ${unreachable.message}; until it can, ${STALE}`)
  const observer: StoreObserver = {
    storeAsked: metrics.storeAsked,
    storeAvailable(isAvailable, why) {
      metrics.storeAvailable(isAvailable)
      if (isAvailable) logger.info(`${name} answers again`)
      else logger.error(`${name} does not answer: ${why?.message}; until it does, ${STALE}`)
    }
  }
  return new LiveHistories(store, config.HISTORY_STORE_TIMEOUT_MS, observer)
}

/** Without its scorer the service can answer nobody. It ends, and whoever runs it starts another one. */
function onFailure(error: Error): never {
  throw error
}

/**
 * Sends one real request through the app. It compiles the validators, the serializer and our own code, and proves that they
 * work. It is logged only if it fails.
 */
async function warmUp(app: App, key: string | undefined): Promise<void> {
  const { level } = app.log
  if (level !== 'silent' && level !== 'fatal') app.log.level = 'error'
  const headers = { accept: 'application/json', ...(key && { authorization: `Bearer ${key}` }) }
  // from an address that belongs to nobody (RFC 5737), so that it counts for no client
  const { statusCode, body } = await app.inject({ url: '/recommend/warm-up', headers, remoteAddress: '192.0.2.1' })
  app.log.level = level
  if (statusCode !== 200) throw new Error(`The first request, made to warm up, was answered with ${statusCode}: ${body}`)
}
