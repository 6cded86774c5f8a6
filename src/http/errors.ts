import type { FastifyError } from 'fastify'
import { StoreUnavailable } from '../histories/store.js'
import { QueueFull, TookTooLong } from '../recommender/batcher.js'
import { STATUS_CODES } from './node-http.js'

/** Every error that a caller can get: its stable code, its status and its meaning. */
export const ERRORS = {
  invalid_request: { status: 400, meaning: 'A parameter, a header or the body is not as documented.' },
  unauthorized: {
    status: 401,
    meaning: 'The service asks for an API key, as `Authorization: Bearer KEY`; there is none, or it is not one of those.'
  },
  forbidden: { status: 403, meaning: 'The key may read, and not write.' },
  unknown_user: { status: 404, meaning: 'The model has no history of this user, and `strict` was asked for.' },
  unknown_movie: { status: 404, meaning: 'The model does not know this movie.' },
  no_route: { status: 404, meaning: 'Nothing is served at this path.' },
  method_not_allowed: { status: 405, meaning: 'The path is served, but not with this method; `Allow` names those it has.' },
  not_acceptable: { status: 406, meaning: 'None of the types that `Accept` names can be answered.' },
  answer_too_large: {
    status: 406,
    meaning:
      'The answer is larger than AWS takes from a function: ask for less, or accept gzip, which all front doors but REST APIs decode.'
  },
  request_timeout: { status: 408, meaning: 'The request did not arrive in time.' },
  body_too_large: { status: 413, meaning: 'The body is larger than allowed.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not of a type that is read here.' },
  expectation_failed: { status: 417, meaning: 'Of what `Expect` may ask for, only `100-continue` is known.' },
  rate_limited: { status: 429, meaning: 'More requests than one client may make in a minute; `Retry-After` says when to come back.' },
  headers_too_large: { status: 431, meaning: 'The request line and the headers are larger than allowed.' },
  internal: { status: 500, meaning: 'The service failed. The log tells why, by request id.' },
  overloaded: { status: 503, meaning: 'More is asked than can be answered in time; `Retry-After` says when to come back.' },
  store_unavailable: { status: 503, meaning: 'The store of ratings does not answer: nothing may have been written. Try again.' },
  timeout: { status: 503, meaning: 'The answer took too long.' }
} as const

export type ErrorCode = keyof typeof ERRORS

/** An error with one of these codes. Its message is for the caller. */
export class Problem extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string = ERRORS[code].meaning,
    readonly headers: Record<string, string> = {},
    /** the cause, for the metrics, where one code has several */
    readonly reason: string = code
  ) {
    super(message)
  }
}

export const PROBLEM_JSON = 'application/problem+json'

/** The body of an error reply: https://www.rfc-editor.org/rfc/rfc9457 */
export function problemBody(code: ErrorCode, detail: string, requestId?: string): { status: number; [member: string]: unknown } {
  const { status } = ERRORS[code]
  return { type: `urn:movie-recommender:${code}`, title: STATUS_CODES[status], status, code, detail, ...(requestId && { requestId }) }
}

const overload = (reason: string, why: string): Problem =>
  new Problem('overloaded', `${why} Try again in a second.`, { 'retry-after': '1' }, reason)

/** The refusals for lack of capacity, by reason. Made once: an error with a stack for each would cost as much as an answer. */
export const OVERLOADED = {
  queue_full: overload('queue_full', 'Too many requests are waiting.'),
  event_loop: overload('event_loop', 'The event loop is late.')
}

const BY_STATUS: Partial<Record<number, { code: ErrorCode; detail?: string }>> = {
  408: { code: 'request_timeout' },
  413: { code: 'body_too_large' },
  415: { code: 'unsupported_media_type', detail: 'Content-Type: expected application/json' }
}

/** Turns any error into one of ours. What is not known is our own failure. */
export function asProblem(error: Error): Problem {
  if (error instanceof Problem) return error
  if (error instanceof QueueFull) return OVERLOADED.queue_full
  if (error instanceof StoreUnavailable) return new Problem('store_unavailable', undefined, { 'retry-after': '1' })
  if (error instanceof TookTooLong) return new Problem('timeout')
  const { statusCode = 500 } = error as FastifyError
  if (statusCode === 401) return new Problem('unauthorized', ERRORS.unauthorized.meaning, { 'www-authenticate': 'Bearer' })
  if (statusCode >= 500) return new Problem('internal')
  const { code, detail = error.message }: { code: ErrorCode; detail?: string } = BY_STATUS[statusCode] ?? { code: 'invalid_request' }
  return new Problem(code, detail)
}
