import { isIP } from 'node:net'
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import { MAX_FUNCTION_ANSWER, MAX_LOAD_BALANCER_ANSWER } from '../limits.js'
import { asPrefix, PREFIX_HEADER } from './base-path.js'
import { Problem } from './errors.js'
import { METHODS } from './node-http.js'

/** What every front door's event says, in the one form that the app is given. */
export interface HttpEvent {
  httpMethod: string
  /** the URL as the client wrote it, query and all */
  path: string
  headers: Record<string, string>
  body: string | null
  isBase64Encoded: boolean
  requestContext: { requestId?: string; identity: { sourceIp?: string } }
}

/**
 * The event in that form. Each front door takes URLs apart in its own way (decoded or not, repeated parameters joined or
 * listed). The app's router does it once, as it does for the server.
 *
 * @throws Error for an event that is of no front door, Problem for a request that no server would take either
 */
export function toHttpEvent(event: unknown): HttpEvent {
  const { door, prefix, path, query, sourceIp, ...read } = readEvent(event)
  const method = read.method.toUpperCase()
  if (!METHODS.includes(method)) throw new Problem('invalid_request', `${method.slice(0, 100)} is no method of HTTP that is known here`)
  const { body, isBase64Encoded, requestContext } = door
  if (body && typeof body !== 'string') throw new Error(`${EXPECTED}; the body of this one is no text`)
  return {
    httpMethod: method,
    path: urlOf(prefix, path, query),
    headers: { ...headersOf(door), ...(!decodesBase64(door) && { 'accept-encoding': 'identity' }), [PREFIX_HEADER]: prefix },
    body: body || null,
    isBase64Encoded: isBase64Encoded === true,
    requestContext: { requestId: (requestContext as { requestId?: string }).requestId, identity: { sourceIp } }
  }
}

/** A load balancer that sends multi-value headers ignores all others in the answer. */
export const wantsMultiValueHeaders = (event: unknown): boolean =>
  isObject(event) && isLoadBalancer(event) && isObject(event.multiValueHeaders)

/**
 * Compressed bodies leave as base64. Load balancers, HTTP APIs and Function URLs decode it; REST APIs, whose events alone have no
 * version, hand it on as it is unless they are told otherwise, which no event says.
 */
const decodesBase64 = (event: object): boolean => 'version' in event || isLoadBalancer(event as Record<string, unknown>)

/** How many bytes an answer to this event may have, as the JSON that the function returns. */
export const maxAnswerOf = (event: unknown): number =>
  isObject(event) && isLoadBalancer(event) ? MAX_LOAD_BALANCER_ANSWER : MAX_FUNCTION_ANSWER

const EXPECTED = 'Expected an event of API Gateway (REST or HTTP API), a Function URL or a load balancer'

type Door = Partial<APIGatewayProxyEvent | APIGatewayProxyEventV2 | ALBEvent> & {
  requestContext: object
  headers?: Headers
  multiValueHeaders?: Headers
}
type Headers = Record<string, string | string[] | null | undefined> | null

interface Read {
  door: Door
  method: string
  /** what API Gateway has in front of the path; where it is all there is, the path is empty */
  prefix: string
  path: string
  query: string
  sourceIp?: string
}

function readEvent(event: unknown): Read {
  if (!isObject(event)) throw new Error(`${EXPECTED}; this one is ${(JSON.stringify(event) ?? 'nothing').slice(0, 60)}`)
  const { requestContext, rawPath, path, httpMethod, Records: records } = event
  if (!isObject(requestContext)) {
    const source = Array.isArray(records) && isObject(records[0]) ? (records[0].eventSource ?? records[0].EventSource) : undefined
    throw new Error(`${EXPECTED}; this one ${typeof source === 'string' ? `comes from ${source}` : 'has no requestContext'}`)
  }
  if ('connectionId' in requestContext) throw new Error(`${EXPECTED}; this one comes from a WebSocket API`)
  const { http } = requestContext
  const door = event as Door
  if (typeof rawPath === 'string' && isObject(http) && typeof http.method === 'string') return readHttpApi(door as APIGatewayProxyEventV2)
  if (typeof path !== 'string' || typeof httpMethod !== 'string') throw new Error(`${EXPECTED}; this one lacks a path or a method`)
  return isLoadBalancer(event) ? readLoadBalancer(door as ALBEvent) : readRestApi(door as APIGatewayProxyEvent)
}

/** HTTP APIs and Function URLs keep the query as it came, and a stage or a base path in the path. */
function readHttpApi(door: APIGatewayProxyEventV2): Read {
  const { rawPath, rawQueryString, routeKey, pathParameters, requestContext } = door
  const [, route] = String(routeKey ?? '').split(' ')
  const before = partBefore(route, pathParameters, rawPath) ?? stageIn(rawPath, requestContext)
  const { method, sourceIp } = requestContext.http
  return {
    door,
    method,
    prefix: asPrefix(before),
    path: rawPath.slice(before.length),
    query: typeof rawQueryString === 'string' ? rawQueryString : '',
    sourceIp
  }
}

/** REST APIs decode names and values, and have the stage in `requestContext.path` alone. */
function readRestApi(door: APIGatewayProxyEvent): Read {
  const { path, resource, pathParameters, requestContext, httpMethod: method } = door
  const seen = typeof requestContext.path === 'string' ? requestContext.path : path
  // With the older payload format, an HTTP API has it in both.
  const before = partBefore(resource, pathParameters, path) ?? (seen === path ? stageIn(path, requestContext) : '')
  const below = path.slice(before.length)
  // `/live` is seen where the path is `/`.
  const own = below === '/' && !seen.endsWith('/') ? '' : below
  const prefix = seen.endsWith(own) ? seen.slice(0, seen.length - own.length) : before
  const query = new URLSearchParams(pairsOf(door)).toString()
  return { door, method, prefix: asPrefix(prefix), path: own, query, sourceIp: requestContext.identity?.sourceIp }
}

/** A load balancer hands names and values on as they came, and adds the client's address to those that the client claims. */
function readLoadBalancer(door: ALBEvent): Read {
  const query = pairsOf(door)
    .map(pair => pair.join('='))
    .join('&')
  const addresses = headersOf(door as Door)['x-forwarded-for']?.split(',') ?? []
  return { door, method: door.httpMethod, prefix: '', path: door.path, query, sourceIp: addressOf(addresses.at(-1)) }
}

/**
 * What stands in front of the part that API Gateway has matched: `/movies/recommend/42` is `/{proxy+}` with
 * `recommend/42`, so a domain maps `/movies` to this API. Undefined where the route is none (`$default`), or does not fit.
 */
function partBefore(route: unknown, parameters: Record<string, string | undefined> | null | undefined, path: string): string | undefined {
  if (typeof route !== 'string' || !route.startsWith('/')) return undefined
  // A parameter that is missing stays in braces, and fits nothing.
  const matched = trimmed(route.replace(/\{([^{}+]+)\+?\}/g, (braces, name: string) => parameters?.[name] ?? braces))
  const whole = trimmed(path)
  if (!whole.endsWith(matched)) return undefined
  const before = whole.slice(0, whole.length - matched.length)
  // An empty prefix and a prefix without encoding are as long in the path itself.
  return path.startsWith(before) ? before : undefined
}

/** Decoded, for some events are and some are not, and without a slash at the end. */
function trimmed(path: string): string {
  const bare = path.replace(/\/$/, '')
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

/** The default URL of an API has the name of its stage first; a domain of one's own has not. */
function stageIn(path: string, { stage, domainName }: { stage?: string; domainName?: string }): string {
  const isDefaultUrl = !domainName || String(domainName).includes('.execute-api.')
  return isDefaultUrl && stage && `${path}/`.startsWith(`/${stage}/`) ? `/${stage}` : ''
}

/** Names in lower case; of a header that comes several times, its values joined, as Node does. */
function headersOf({ headers, multiValueHeaders }: Pick<Door, 'headers' | 'multiValueHeaders'>): Record<string, string> {
  const pairs = Object.entries({ ...headers, ...multiValueHeaders }).flatMap(([name, values]): [string, string][] => {
    const present = [values].flat().filter(value => value !== null && value !== undefined)
    return present.length > 0 ? [[name.toLowerCase(), present.join(', ')]] : []
  })
  return Object.fromEntries(pairs)
}

/** An address without its port, which a load balancer may be told to add. */
function addressOf(text = ''): string | undefined {
  const address = text.trim()
  if (isIP(address)) return address
  const [, bare] = /^\[?(.+?)\]?:\d+$/.exec(address) ?? []
  return bare && isIP(bare) ? bare : undefined
}

type Parameters = Pick<APIGatewayProxyEvent | ALBEvent, 'queryStringParameters' | 'multiValueQueryStringParameters'>

function pairsOf({ multiValueQueryStringParameters: lists, queryStringParameters: singles }: Parameters): string[][] {
  return Object.entries(lists ?? singles ?? {}).flatMap(([name, values]) => [values ?? ''].flat().map(value => [name, value]))
}

/** Some front doors decode the path. What may not stand in a URL is encoded again; what is encoded already stays. */
function urlOf(prefix: string, path: string, query: string): string {
  const encoded = path.replace(/%(?![\da-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]/giu, encodeURIComponent)
  const url = prefix + encoded
  const rooted = url.startsWith('/') ? url : `/${url}`
  return query ? `${rooted}?${query}` : rooted
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const isLoadBalancer = ({ requestContext }: Record<string, unknown>): boolean => isObject(requestContext) && 'elb' in requestContext
