import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'

export type LambdaEvent = (APIGatewayProxyEvent | APIGatewayProxyEventV2 | ALBEvent) & {
  multiValueHeaders?: Record<string, string[] | undefined> | null
}

/**
 * The event with its URL as the client wrote it, query and all, and no query parameters beside it. Each front door
 * takes them apart in its own way (decoded or not, repeated ones joined or listed); the app's router does it once,
 * like the server's.
 */
export function withRawUrl(event: LambdaEvent): LambdaEvent {
  const [path, query] = rawUrl(event)
  const url = encodePath(path) + (query && `?${query}`)
  const bare = { ...event, queryStringParameters: undefined, multiValueQueryStringParameters: undefined }
  return ('rawPath' in bare ? { ...bare, rawPath: url } : { ...bare, path: url }) as LambdaEvent
}

function rawUrl(event: LambdaEvent): [path: string, query: string] {
  if ('rawPath' in event) return [withoutStage(event), event.rawQueryString ?? '']
  const { multiValueQueryStringParameters: lists, queryStringParameters: singles } = event
  const pairs = Object.entries(lists ?? singles ?? {}).flatMap(([name, values]) => [values ?? ''].flat().map(value => [name, value]))
  // A load balancer hands names and values on as they came, API Gateway decodes them.
  if ('elb' in event.requestContext) return [event.path, pairs.map(pair => pair.join('=')).join('&')]
  return [event.path, new URLSearchParams(pairs).toString()]
}

/** HTTP APIs keep a named stage in the path. */
function withoutStage({ rawPath, requestContext: { stage } }: APIGatewayProxyEventV2): string {
  return rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath
}

/** Some front doors decode the path: what may not stand in a URL is encoded again, what is encoded already stays. */
function encodePath(path: string): string {
  return path.replace(/%(?![\da-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]/giu, encodeURIComponent)
}
