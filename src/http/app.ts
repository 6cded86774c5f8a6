import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts'
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyServerOptions, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config.js'
import type { LiveHistories } from '../histories/live-histories.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Prometheus } from '../metrics/prometheus.js'
import type { Recommender } from '../recommender/recommender.js'
import { entriesOf } from '../validation/lists.js'
import { version } from '../version.js'
import { prefixStripper } from './base-path.js'
import { serializerCompiler, validatorCompiler } from './compilers.js'
import { boundConnections } from './connections.js'
import { drainConnections } from './drain.js'
import { asProblem, Problem } from './errors.js'
import type { App } from './fastify.js'
import { methodsByUrl, refuseOtherMethods } from './method-not-allowed.js'
import { describeRoutes } from './openapi.js'
import { refuseEncodedBodies } from './plain-bodies.js'
import { clientErrorHandler, replyBeforeNode, replyToBadUrl, replyWithProblem } from './problem-replies.js'
import { requestId } from './request-id.js'
import { askedFields, requestFields } from './request-log.js'
import { batchRoute } from './routes/batch.js'
import { catalogueRoute } from './routes/catalogue.js'
import { getRecommendation } from './routes/get-recommendation.js'
import { groupRoute } from './routes/group.js'
import { healthRoutes } from './routes/health.js'
import { modelRoute } from './routes/model.js'
import { movieRoutes } from './routes/movies.js'
import { metricsRoute, openapiRoute } from './routes/operations.js'
import { pageRoutes } from './routes/pages.js'
import { ratingRoutes } from './routes/ratings.js'
import { recommendRoutes } from './routes/recommend.js'
import { searchRoutes } from './routes/search.js'
import { SECURITY_HEADERS } from './security/headers.js'
import { secure } from './security/security.js'

export interface AppOptions {
  recommender: Recommender
  /** ratings that are kept, where there is a store for them */
  histories?: LiveHistories
  config: Config
  logger: Logger
  metrics: Metrics
  /** served at `/metrics`, where something fetches it */
  prometheus?: Prometheus
  isReady: () => boolean
  /** whether clients connect to it. A function gets events instead, and after a freeze its event loop only looks late */
  listens: boolean
}

/** The service as a value: it knows no port, no signal and no Lambda. Closing it closes the recommender and the store. */
export function buildApp(options: AppOptions): App {
  const { recommender, histories, config, logger, prometheus, isReady, listens } = options
  // Only our own Lambda entry can have written `x-forwarded-prefix`, and it always does.
  const app = createFastify(config, logger, prefixStripper(config.BASE_PATH, !listens))
  identifyReplies(app, recommender.version)
  observeReplies(app, options)
  replyBeforeNode(app)
  drainConnections(app, isReady)
  if (listens) boundConnections(app, { maxConnections: config.MAX_CONNECTIONS, maxUnsentBytes: config.MAX_UNSENT_BYTES })
  app.addHook('onClose', () => recommender.close())
  app.addHook('onClose', () => histories?.close())

  const methods = methodsByUrl(app)
  app.register(async scope => {
    const routes = scope.withTypeProvider<JsonSchemaToTsProvider>()
    const get = getRecommendation(recommender, config)
    // These two describe and guard what is registered after them.
    await describeRoutes(routes, version, config.API_KEYS + config.WRITE_API_KEYS !== '')
    await secure(routes, config, listens)
    refuseEncodedBodies(routes)
    healthRoutes(routes, isReady)
    recommendRoutes(routes, recommender, histories, get)
    batchRoute(routes, recommender, histories)
    groupRoute(routes, recommender, histories)
    ratingRoutes(routes, recommender, histories)
    movieRoutes(routes, recommender, get)
    searchRoutes(routes, recommender, config)
    modelRoute(routes, recommender, histories !== undefined)
    catalogueRoute(routes, recommender)
    if (prometheus) metricsRoute(routes, prometheus)
    openapiRoute(routes)
    pageRoutes(routes)
    refuseOtherMethods(routes, methods)
    // In this scope, so that a path that is not served needs a key and counts for the rate limit, too.
    routes.setNotFoundHandler(request => {
      throw new Problem('no_route', `Nothing is served at ${request.method} ${request.url.split('?')[0].slice(0, 100)}.`)
    })
  })
  return app
}

function createFastify(config: Config, logger: FastifyBaseLogger, rewriteUrl: FastifyServerOptions['rewriteUrl']): App {
  const trusted = entriesOf(config.TRUST_PROXY)
  const app = Fastify({
    loggerInstance: logger,
    // Our own log line for each request replaces the two of Fastify, and its child logger.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: logger => logger,
    genReqId: requestId,
    rewriteUrl,
    trustProxy: trusted.length > 0 && trusted,
    bodyLimit: config.BODY_LIMIT_BYTES,
    // Node derives the time for headers from the one for the request when it makes the server, before Fastify sets the latter.
    http: {
      maxHeaderSize: config.MAX_HEADER_BYTES,
      requireHostHeader: false,
      connectionsCheckingInterval: 1000,
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      requestTimeout: config.REQUEST_TIMEOUT_MS
    },
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    // A client that neither sends nor reads for longer than any answer takes has gone.
    connectionTimeout: config.REQUEST_TIMEOUT_MS + config.HANDLER_TIMEOUT_MS,
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // A request that comes over an open connection during a stop is answered, and told that the connection ends.
    return503OnClosing: false,
    // The schema bounds the length of an id and says so in a sentence. The router would only say that there is no such route.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: replyToBadUrl,
    clientErrorHandler
  }).withTypeProvider<JsonSchemaToTsProvider>()
  // Fastify takes an option of 0 for its own default. The option is needed all the same: a second socket, for `localhost`, gets it.
  app.server.keepAliveTimeout = config.KEEP_ALIVE_TIMEOUT_MS
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler<FastifyError>(replyWithProblem)
  return app
}

/** Every answer says which request it answers, and which model. */
function identifyReplies(app: App, modelVersion: string): void {
  const headers = { 'x-model-version': modelVersion, ...SECURITY_HEADERS }
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(headers)
    done()
  })
}

/** Refused before a route is reached; the recommender counts those that its full queue refuses. */
const REFUSALS = new Set(['event_loop', 'rate_limited', 'unauthorized'])

function observeReplies(app: App, { metrics, recommender, config }: AppOptions): void {
  const log = app.log as Logger
  app.addHook('onError', (_request, _reply, error, done) => {
    const { reason } = asProblem(error)
    if (REFUSALS.has(reason)) metrics.refused(reason)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url, routeOptions } = request
    const { statusCode: status, elapsedTime: ms } = reply
    metrics.answered({ route: routeOptions.url ?? 'none', method, status, seconds: ms / 1000, waiting: recommender.waiting })
    if (log.isLevelEnabled('info'))
      log.info({ ...requestFields(request), ...askedFields({ method, url, routeOptions }, config.LOG_URLS), status, ms }, 'answered')
    done()
  })
}
