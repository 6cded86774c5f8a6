import { randomUUID } from 'node:crypto'
import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts'
import fastJson from 'fast-json-stringify'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifySchemaCompiler,
  type FastifySerializerCompiler,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault
} from 'fastify'
import type { Logger } from 'pino'
import { closeConnections } from './drain.js'
import type { Config } from '../config.js'
import { asProblem, Problem } from './errors.js'
import { methodsByUrl, refuseOtherMethods } from './method-not-allowed.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Prometheus } from '../metrics/prometheus.js'
import { describeRoutes } from './openapi.js'
import { protect, SECURITY_HEADERS } from './security/security.js'
import type { Recommender } from '../recommender/recommender.js'
import { clientErrorHandler, replyWithProblem } from './problem-replies.js'
import { requestLog } from './request-log.js'
import { batchRoute } from './routes/batch.js'
import { caching } from './routes/conditional-get.js'
import { healthRoutes } from './routes/health.js'
import { keepAnswers } from './routes/response-cache.js'
import { modelRoute } from './routes/model.js'
import { movieRoutes } from './routes/movies.js'
import { metricsRoute, openapiRoute } from './routes/operations.js'
import { pageRoutes } from './routes/pages.js'
import { recommendRoutes } from './routes/recommend.js'
import { compile, compileQuick, fromText, listed, sentences } from '../validation/ajv.js'
import { version } from '../version.js'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  JsonSchemaToTsProvider
>

export interface AppOptions {
  recommender: Recommender
  config: Config
  logger: Logger
  metrics: Metrics
  /** served at `/metrics`, where there is somebody to fetch it */
  prometheus?: Prometheus
  isReady: () => boolean
  /** whether to refuse requests while the event loop is late; after a freeze and thaw of Lambda that figure is wild */
  pressure: boolean
}

/** The service as a value: it knows no port, no signal and no Lambda. Closing it closes the recommender. */
export function buildApp({ recommender, config, logger, metrics, prometheus, isReady, pressure }: AppOptions): App {
  const trusted = listed(config.TRUST_PROXY)
  const app = Fastify({
    loggerInstance: logger,
    // One line a request, written when it is answered, instead of Fastify's two.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: requestLog,
    genReqId: requestId,
    trustProxy: trusted.length > 0 && trusted,
    bodyLimit: config.BODY_LIMIT_BYTES,
    http: { maxHeaderSize: config.MAX_HEADER_BYTES, connectionsCheckingInterval: 1000 },
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What still comes over an open connection is answered like any other, and told that the connection ends.
    return503OnClosing: false,
    // The schema judges the length of an id, in a sentence; the router would say "no such route".
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: replyWithProblem,
    clientErrorHandler
  }) as unknown as App
  // As an option, Fastify takes 0 for its own default; of a second socket, which it opens for `localhost`, only the option counts.
  app.server.keepAliveTimeout = config.KEEP_ALIVE_TIMEOUT_MS

  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler<FastifyError>(replyWithProblem)
  app.setNotFoundHandler(request => {
    throw new Problem('no_route', `Nothing is served at ${request.method} ${request.url.slice(0, 100)}.`)
  })
  const headers = { 'x-model-version': recommender.version, ...SECURITY_HEADERS }
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(headers)
    done()
  })
  app.addHook('onError', (_request, _reply, error, done) => {
    const { reason } = asProblem(error)
    if (REFUSALS.has(reason)) metrics.refused(reason)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url, routeOptions, log } = request
    const { statusCode: status, elapsedTime: ms } = reply
    metrics.answered({ route: routeOptions.url ?? 'none', method, status, seconds: ms / 1000, waiting: recommender.waiting })
    if (logger.isLevelEnabled('info')) log.info({ method, url, status, ms }, 'answered')
    done()
  })
  closeConnections(app, isReady)
  app.addHook('onClose', () => recommender.close())

  const methods = methodsByUrl(app)
  app.register(async scope => {
    const routes = scope as App
    const kept = config.CACHE_BYTES > 0 ? keepAnswers(routes, config.CACHE_BYTES) : undefined
    const unchanged = caching(recommender.model.manifest, version, config.CACHE_CONTROL, kept)
    // These two see and guard what is registered after them.
    await describeRoutes(routes, version, config.API_KEYS !== '')
    await protect(routes, config, pressure)
    healthRoutes(routes, isReady)
    recommendRoutes(routes, recommender, unchanged)
    batchRoute(routes, recommender)
    movieRoutes(routes, recommender, unchanged)
    modelRoute(routes, recommender)
    if (prometheus) metricsRoute(routes, prometheus, recommender)
    openapiRoute(routes)
    pageRoutes(routes)
    refuseOtherMethods(routes, methods)
  })
  return app
}

/** What is turned away at the door, whatever was asked for; a full queue is counted where it is. */
const REFUSALS = new Set(['event_loop', 'rate_limited', 'unauthorized'])

/** A client's own id is taken where it is harmless in a header and in a log line. */
function requestId({ headers }: RawRequestDefaultExpression): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID()
}

/** Errors are written as they are, so only what is answered with 200 needs a serializer; compiling the others takes time at every start. */
const serializerCompiler: FastifySerializerCompiler<object> = ({ schema, httpStatus }) =>
  httpStatus === '200' ? later(() => fastJson(schema)) : data => JSON.stringify(data)

const validatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const isBody = httpPart === 'body'
  return later(() => {
    const valid = (isBody ? compileQuick : compile)(schema as object)
    return data => {
      const value = isBody ? data : fromText(schema as object, data)
      return valid(value) ? { value } : { error: new Problem('invalid_request', sentences(valid.errors, 'body').join('; ')) }
    }
  })
}

/** The function that `make` gives, made when it is first called: compiling all schemas would be a fifth of a start. */
function later<In, Out>(make: () => (input: In) => Out): (input: In) => Out {
  let made: ((input: In) => Out) | undefined
  return input => (made ??= make())(input)
}
