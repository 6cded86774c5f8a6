import type { FastifyRequest } from 'fastify'

/**
 * What every log line about a request says: which one it is, and which trace it belongs to, W3C's and that of AWS's front
 * doors. Each line takes it along. A child logger for each request would cost as much as routing does, and most have nothing to log.
 */
export function requestFields({ id, headers }: FastifyRequest): Record<string, unknown> {
  const { traceparent, 'x-amzn-trace-id': amznTraceId } = headers
  return { requestId: id, ...(traceparent && { traceparent }), ...(amznTraceId && { amznTraceId }) }
}

/**
 * What was asked, by route and by names of documented parameters: ids and values are people's, and a name that nobody
 * documented may be a secret itself. With `withUrls` the path and those parameters' values, too.
 */
export function askedFields(request: FastifyRequest, withUrls: boolean): Record<string, unknown> {
  const { method, routeOptions, url } = request
  const route = routeOptions.url ?? 'none'
  const queryAt = url.indexOf('?')
  if (queryAt < 0) return { method, route, ...(withUrls && { url }) }
  const { properties = {} } = (routeOptions.schema?.querystring ?? {}) as { properties?: object }
  const known = [...new URLSearchParams(url.slice(queryAt))].filter(([name]) => name in properties)
  const query = [...new Set(known.map(([name]) => name))]
  if (!withUrls) return { method, route, query }
  return { method, route, query, url: [url.slice(0, queryAt), new URLSearchParams(known)].filter(String).join('?') }
}
