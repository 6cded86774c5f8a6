import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'

export type LambdaEvent = (APIGatewayProxyEvent | APIGatewayProxyEventV2 | ALBEvent) & {
  multiValueHeaders?: Record<string, string[] | undefined> | null
}

/**
 * The event with its URL as the client wrote it, query and all, and no query parameters beside it. Each front door
 * takes them apart in its own way (decoded or not, repeated ones joined or listed). The app's router does it once, as it
 * does for the server.
 */
export function withRawUrl(event: LambdaEvent): LambdaEvent {
  const bare = { ...event, queryStringParameters: undefined, multiValueQueryStringParameters: undefined }
  if ('rawPath' in event) return { ...bare, rawPath: urlOfHttpApi(event) } as LambdaEvent
  return { ...bare, path: 'elb' in event.requestContext ? urlOfLoadBalancer(event) : urlOfRestApi(event) } as LambdaEvent
}

/** HTTP APIs and Function URLs keep the query as it came, and a named stage in the path. */
function urlOfHttpApi({ rawPath, rawQueryString, requestContext: { stage } }: APIGatewayProxyEventV2): string {
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath
  return urlOf(path, rawQueryString ?? '')
}

/** A load balancer hands names and values on as they came. */
function urlOfLoadBalancer(event: Parameters): string {
  const query = pairsOf(event).map(pair => pair.join('='))
  return urlOf(event.path, query.join('&'))
}

/** REST APIs decode names and values. */
function urlOfRestApi(event: Parameters): string {
  return urlOf(event.path, new URLSearchParams(pairsOf(event)).toString())
}

type Parameters = Pick<APIGatewayProxyEvent | ALBEvent, 'path' | 'queryStringParameters' | 'multiValueQueryStringParameters'>

function pairsOf({ multiValueQueryStringParameters: lists, queryStringParameters: singles }: Parameters): string[][] {
  return Object.entries(lists ?? singles ?? {}).flatMap(([name, values]) => [values ?? ''].flat().map(value => [name, value]))
}

/** Some front doors decode the path. What may not stand in a URL is encoded again; what is encoded already stays. */
function urlOf(path: string, query: string): string {
  const encoded = path.replace(/%(?![\da-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]/giu, encodeURIComponent)
  return query ? `${encoded}?${query}` : encoded
}
