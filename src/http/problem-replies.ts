import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asProblem, type ErrorCode, ERRORS, Problem, PROBLEM_JSON, problemBody } from './errors.js'
import { STATUS_CODES } from './node-http.js'
import { requestId } from './request-id.js'
import { requestFields } from './request-log.js'
import { SECURITY_HEADERS } from './security/headers.js'

/** Answers with an error of any kind. Our own failures are logged in full, and the caller learns none of it. */
export function replyWithProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = asProblem(error)
  const { status } = ERRORS[problem.code]
  // No hook runs for a URL that cannot be parsed, so its answer gets the common headers here.
  reply.removeHeader('etag').headers({ ...SECURITY_HEADERS, 'x-request-id': request.id, 'cache-control': 'no-store' })
  if (status === 500) request.log.error({ ...requestFields(request), err: error }, 'failed')
  reply.code(status).headers(problem.headers).type(PROBLEM_JSON)
  const send = (): void => void reply.send(JSON.stringify(problemBody(problem.code, problem.message, request.id)))
  // After this turn of the event loop: who is refused within it may ask again within it, and while enough sockets are ready, libuv
  // reads on, and the loop does not turn.
  if (problem.code === 'overloaded') setImmediate(send)
  else send()
}

/** Answers a URL that cannot be parsed. No hook runs for it, so its line in the log is written here. */
export function replyToBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  replyWithProblem(error, request, reply)
  request.log.info({ ...requestFields(request), method: request.method, route: 'none', status: reply.statusCode }, 'answered')
}

/** Bytes that are not HTTP never reach a route. They are answered on the bare socket. */
export function clientErrorHandler(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') return void socket.destroy()
  // The rest of a refused message arrives here again, chunk by chunk. Closing at once would reset the connection before
  // the client has read the answer, so the rest is ignored for a moment.
  if (!socket.writable) return
  setTimeout(() => socket.destroy(), 1000).unref()

  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid_request'
  const detail = code === 'invalid_request' ? `This is not HTTP/1.1 as it is read here. ${error.message}.` : undefined
  const { status, headers, body } = finalReply(this.log, randomUUID(), new Problem(code, detail))
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}

const CLIENT_ERRORS: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout'
}

/** What Node would answer by itself, with an empty body or not at all, gets the same problem as everything else. */
export function replyBeforeNode(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = finalReply(app.log, requestId(request), new Problem('expectation_failed'))
    response.writeHead(status, { ...headers, connection: 'close' }).end(body)
  })
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    clientErrorHandler.call(app, new Error('CONNECT asks for a tunnel, and this is no proxy'), socket)
  })
  // Node's own check is off (requireHostHeader): it would say nothing.
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const lacksHost = raw.headers.host === undefined && raw.httpVersion === '1.1'
    done(lacksHost ? new Problem('invalid_request', 'Host: missing; HTTP/1.1 asks for it', { connection: 'close' }) : undefined)
  })
}

/** A reply made without Fastify; it says so in the log. */
export function finalReply(log: FastifyBaseLogger, id: string, { code, message }: Problem): FinalReply {
  const { status } = ERRORS[code]
  const body = JSON.stringify(problemBody(code, message, id))
  log.info({ requestId: id, status, code }, 'answered')
  const headers = { ...SECURITY_HEADERS, 'x-request-id': id, 'cache-control': 'no-store', 'content-type': PROBLEM_JSON }
  return { status, headers: { ...headers, 'content-length': `${Buffer.byteLength(body)}` }, body }
}

interface FinalReply {
  status: number
  headers: Record<string, string>
  body: string
}
