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
export function askedFields(
  { method, url, routeOptions }: Pick<FastifyRequest, 'method' | 'url' | 'routeOptions'>,
  withUrls: boolean
): Record<string, unknown> {
  const route = routeOptions.url ?? 'none'
  const queryAt = url.indexOf('?')
  if (queryAt < 0) return { method, route, ...(withUrls && { url }) }
  const { properties = {} } = (routeOptions.schema?.querystring ?? {}) as { properties?: object }
  const pairs = url.slice(queryAt + 1).split('&')
  const known = pairs.map(pair => [pair.split('=', 1)[0], pair]).filter(([name]) => Object.hasOwn(properties, name))
  const query = [...new Set(known.map(([name]) => name))]
  return { method, route, query, ...(withUrls && { url: `${url.slice(0, queryAt)}?${known.map(([, pair]) => pair).join('&')}` }) }
}
