import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts'
import underPressure from '@fastify/under-pressure'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaCompiler,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault
} from 'fastify'
import { closeConnections } from './closing.js'
import type { Config } from './config.js'
import { ERRORS, type ErrorCode, PROBLEM_JSON, Problem, problemBody } from './errors.js'
import { QueueFull } from './recommender/batcher.js'
import type { Recommender } from './recommender/recommender.js'
import { healthRoutes } from './routes/health.js'
import { recommendRoute } from './routes/recommend.js'
import { compile, fromText, sentences } from './validate.js'

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
  logger: FastifyBaseLogger
  isReady: () => boolean
  /** whether to refuse requests while the event loop is late; after a freeze and thaw of Lambda that figure is wild */
  pressure: boolean
}

/** The service as a value: it knows no port, no signal and no Lambda. Closing it closes the recommender. */
export function buildApp({ recommender, config, logger, isReady, pressure }: AppOptions): App {
  const app = Fastify({
    loggerInstance: logger,
    // One line a request, written when it is answered, instead of Fastify's two.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    handlerTimeout: config.HANDLER_TIMEOUT_MS,
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What still comes over an open connection is answered like any other, and told that the connection ends.
    return503OnClosing: false,
    // The schema judges the length of an id, in a sentence; the router would say "no such route".
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: replyWithProblem,
    clientErrorHandler
  }) as unknown as App

  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler<FastifyError>(replyWithProblem)
  app.setNotFoundHandler(request => {
    throw new Problem('no_route', `Nothing is served at ${request.method} ${request.url.slice(0, 100)}.`)
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('x-model-version', recommender.model)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    request.log.info({ method: request.method, url: request.url, status: reply.statusCode, ms: reply.elapsedTime }, 'answered')
    done()
  })
  closeConnections(app, isReady)
  app.addHook('onClose', () => recommender.close())

  const methods = methodsByUrl(app)
  app.register(underPressure, {
    maxEventLoopDelay: pressure ? config.MAX_EVENT_LOOP_DELAY_MS : 0,
    pressureHandler: () => {
      throw overloaded('The event loop is late.')
    }
  })
  // Behind the plugin, whose hook guards what is registered after it.
  app.register(async scope => {
    healthRoutes(scope as App, isReady)
    recommendRoute(scope as App, recommender)
    refuseOtherMethods(scope as App, methods)
  })
  return app
}

/** A client's own id is taken where it is harmless in a header and in a log line. */
function requestId({ headers }: RawRequestDefaultExpression): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID()
}

const validatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const valid = compile(schema as object)
  return data => {
    const value = httpPart === 'body' ? data : fromText(schema as object, data)
    return valid(value) ? { value } : { error: new Problem('invalid_request', sentences(valid.errors).join('; ')) }
  }
}

function methodsByUrl(app: App): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
  })
  return methods
}

/** A path that is served answers 405 to the methods it does not have, and names those it has. */
function refuseOtherMethods(app: App, methods: Map<string, string[]>): void {
  for (const [url, served] of [...methods]) {
    const allow = served.join(', ')
    app.route({
      url,
      method: app.supportedMethods.filter(method => !served.includes(method)),
      handler: request => {
        throw new Problem('method_not_allowed', `${request.method} is not served here; ${allow} are.`, { allow })
      }
    })
  }
}

const overloaded = (why: string): Problem => new Problem('overloaded', `${why} Try again in a second.`, { 'retry-after': '1' })

/** Which of our errors an error of Fastify's, or of our own code, is. What is not known is our own failure. */
function asProblem(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error
  if (error instanceof QueueFull) return overloaded('Too many requests are waiting.')
  const { code, statusCode = 500 } = error as FastifyError
  if (code === 'FST_ERR_HANDLER_TIMEOUT') return new Problem('timeout')
  const known = (Object.keys(ERRORS) as ErrorCode[]).find(key => ERRORS[key].status === statusCode && statusCode < 500)
  if (known && known !== 'no_route') return new Problem(known, error.message)
  return statusCode < 500 ? new Problem('invalid_request', error.message) : new Problem('internal')
}

function replyWithProblem(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = asProblem(error)
  const { status } = ERRORS[problem.code]
  if (status === 500) request.log.error({ err: error }, 'failed')
  reply
    .code(status)
    .headers(problem.headers)
    .type(PROBLEM_JSON)
    .send(JSON.stringify(problemBody(problem.code, problem.message, request.id)))
}

/** What is no HTTP never reaches a route: it is answered on the bare socket. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') return void socket.destroy()
  // The rest of a message that is refused comes here again, chunk by chunk. Closing at once would reset the
  // connection under the answer, so it is let go by for a moment.
  if (!socket.writable) return
  setTimeout(() => socket.destroy(), 1000).unref()

  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid_request'
  const body = JSON.stringify(problemBody(code, ERRORS[code].meaning))
  const { status } = ERRORS[code]
  const headers = [`content-type: ${PROBLEM_JSON}`, `content-length: ${Buffer.byteLength(body)}`, 'connection: close']
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', body].join('\r\n'))
}

const CLIENT_ERRORS: Record<string, ErrorCode> = { HPE_HEADER_OVERFLOW: 'headers_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout' }
