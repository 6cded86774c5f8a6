import type { FastifyRequest } from 'fastify'

/**
 * What every log line about a request says: which one it is, and which trace it belongs to, W3C's and that of AWS's front
 * doors. Each line takes it along. A child logger for each request would cost as much as routing does, and most have nothing to log.
 */
export function requestFields({ id, headers }: FastifyRequest): Record<string, unknown> {
  const { traceparent, 'x-amzn-trace-id': amznTraceId } = headers
  return { requestId: id, ...(traceparent && { traceparent }), ...(amznTraceId && { amznTraceId }) }
}
