import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asProblem, type ErrorCode, ERRORS, PROBLEM_JSON, problemBody } from './errors.js'
import { requestFields } from './request-log.js'
import { SECURITY_HEADERS } from './security/headers.js'

/** Answers with an error of any kind. Our own failures are logged in full, and the caller learns none of it. */
export function replyWithProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = asProblem(error)
  const { status } = ERRORS[problem.code]
  // No hook runs for a URL that cannot be parsed, so its answer gets the common headers here.
  reply.removeHeader('etag').headers({ ...SECURITY_HEADERS, 'x-request-id': request.id, 'cache-control': 'no-store' })
  if (status === 500) request.log.error({ ...requestFields(request), err: error }, 'failed')
  reply
    .code(status)
    .headers(problem.headers)
    .type(PROBLEM_JSON)
    .send(JSON.stringify(problemBody(problem.code, problem.message, request.id)))
}

/** Bytes that are not HTTP never reach a route. They are answered on the bare socket. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') return void socket.destroy()
  // The rest of a refused message arrives here again, chunk by chunk. Closing at once would reset the connection before
  // the client has read the answer, so the rest is ignored for a moment.
  if (!socket.writable) return
  setTimeout(() => socket.destroy(), 1000).unref()

  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid_request'
  const body = JSON.stringify(problemBody(code, ERRORS[code].meaning))
  const { status } = ERRORS[code]
  const headers = [`content-type: ${PROBLEM_JSON}`, `content-length: ${Buffer.byteLength(body)}`, 'connection: close']
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', body].join('\r\n'))
}

const CLIENT_ERRORS: Record<string, ErrorCode> = { HPE_HEADER_OVERFLOW: 'headers_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout' }
