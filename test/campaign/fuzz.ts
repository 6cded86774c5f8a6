import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import fc from 'fast-check'
import { context, events, type Sent, sendTo } from '../fixtures/events.js'
import { compiled, DIST } from '../bench/paths.js'
import { start } from '../bench/subjects/process.js'
import type { Attack } from './promise.js'

const CASES = { short: 1500, long: 100_000 }
const AT_ONCE = 16
const PATIENCE_MS = 10_000
const PROBLEM = 'application/problem+json'

interface Answer {
  status: number
  type: string
  body: string
}
type Send = (sent: Sent) => Promise<Answer>

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  minimum?: number
  maximum?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}
interface Operation {
  parameters?: { name: string; in: 'path' | 'query'; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

/** Requests made up from the OpenAPI document, good ones and bad ones, through a server and through a function behind each front door. */
export const fuzz: Attack = ({ model, port }) => ({
  name: 'fuzz',
  sentence: 'Whatever is asked gets an answer that the document describes, and no error is ours',
  async attempt(form, say) {
    const settings = { MODEL_DIR: model, LOG_LEVEL: 'silent', METRICS_NAMESPACE: '' }
    const server = await start(compiled(), { port, path: '/readyz', env: settings })
    const doors = [serverDoor(port), await functionDoor(settings)]
    const tally = { refused: 0 }
    const wrong: string[] = []
    try {
      for (const send of doors) wrong.push(...(await fuzzDoor(send, CASES[form] / doors.length, tally)))
    } finally {
      await server.stop()
    }
    for (const problem of wrong) say(problem)
    const figure = `${CASES[form].toLocaleString('en')} requests, ${wrong.length} wrong answers, ${tally.refused} × 503`
    return { figure, holds: wrong.length === 0 }
  }
})

/** Describes each request that is answered wrongly, the shortest of its kind. */
async function fuzzDoor(send: Send, cases: number, tally: { refused: number }): Promise<string[]> {
  const document = JSON.parse((await send({ path: '/openapi.json' })).body) as Document
  const whatIsWrong = oracle(document)
  const property = fc.asyncProperty(requests(document), async ({ path, method, sent }) => {
    const answer = await withinPatience(send(sent))
    const problem = whatIsWrong(path, method, answer)
    if (answer.status === 503) tally.refused++
    if (problem) throw new Error(`${method} ${sent.path.slice(0, 200)} ${sent.body?.slice(0, 200) ?? ''}: ${problem}`)
  })
  const runs = Array.from({ length: AT_ONCE }, (_, i) => fc.check(property, { numRuns: Math.ceil(cases / AT_ONCE), seed: i + 1 }))
  return (await Promise.all(runs)).flatMap(({ failed, errorInstance }) => (failed ? [(errorInstance as Error).message] : []))
}

const serverDoor =
  (port: number): Send =>
  async sent => {
    const response = await sendTo(`http://127.0.0.1:${port}`, sent)
    return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() }
  }

/** Behind each kind of front door in turn. */
async function functionDoor(settings: Record<string, string>): Promise<Send> {
  Object.assign(process.env, settings)
  const { handler } = (await import(join(DIST, 'lambda.js'))) as { handler: (event: object, context: object) => Promise<FunctionAnswer> }
  const kinds = Object.values(events)
  let turn = 0
  return async sent => {
    const answer = await handler(kinds[turn++ % kinds.length](sent), context)
    const body = answer.isBase64Encoded ? Buffer.from(answer.body, 'base64').toString() : answer.body
    const [type = ''] = [answer.headers?.['content-type'] ?? answer.multiValueHeaders?.['content-type']].flat()
    return { status: answer.statusCode, type, body }
  }
}

interface FunctionAnswer {
  statusCode: number
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  body: string
  isBase64Encoded?: boolean
}

function withinPatience(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

/** What is wrong with an answer, if anything. */
function oracle(document: Document): (path: string, method: string, answer: Answer) => string | undefined {
  const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(document, 'document')
  const compiled = new Map<string, ValidateFunction>()
  const validator = (...pointer: string[]): ValidateFunction => {
    const ref = `document#/${pointer.map(part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const valid = compiled.get(ref) ?? ajv.compile({ $ref: ref })
    compiled.set(ref, valid)
    return valid
  }
  return (path, method, { status, type, body }) => {
    const response = document.paths[path][method].responses[status]
    if (!response) return `${status} is not documented: ${body.slice(0, 200)}`
    if (status >= 500 && status !== 503) return `${status}: ${body.slice(0, 200)}`
    const media = type.split(';')[0]
    if (status >= 400 && media !== PROBLEM && path !== '/readyz') return `${status} as ${media}`
    // The page, which is for people.
    if (media === 'text/html' && path === '/') return undefined
    if (!response.content?.[media]) return `${status} as ${media || 'nothing'} is not documented`
    if (!media.endsWith('json')) return undefined
    const valid = validator('paths', path, method, 'responses', `${status}`, 'content', media, 'schema')
    return valid(JSON.parse(body)) ? undefined : `${status}: ${ajv.errorsText(valid.errors)} in ${body.slice(0, 200)}`
  }
}

interface Request {
  path: string
  method: string
  sent: Sent
}

function requests(document: Document): fc.Arbitrary<Request> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  )
  return fc.oneof(...operations.map(({ path, method, operation }) => requestsTo(document, path, method, operation)))
}

/** What a request of text or JSON may take; the last two are refused. */
const ACCEPT = [
  undefined,
  '*/*',
  'application/json',
  'text/plain',
  'text/html, */*;q=0.1',
  'application/json; charset=utf-8',
  'image/png',
  ';;'
]

function requestsTo(document: Document, path: string, method: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Request> {
  const schema = requestBody?.content['application/json'].schema
  const given = Object.fromEntries(
    parameters.map(({ name, in: where, schema }) => [
      name,
      where === 'path' ? text(document, schema, 1) : fc.option(text(document, schema, 0))
    ])
  )
  const body = schema && fc.oneof({ weight: 9, arbitrary: values(document, schema).map(value => JSON.stringify(value)) }, fc.string())
  return fc
    .record({ given: fc.record(given), accept: fc.constantFrom(...ACCEPT), body: body ?? fc.constant(undefined) })
    .map(({ given, accept, body }) => {
      const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given[name] as string))
      const query = new URLSearchParams(
        parameters
          .filter(({ name, in: where }) => where === 'query' && given[name] !== null)
          .map(({ name }) => [name, given[name] as string])
      )
      const headers = { ...(accept && { accept }), ...(body !== undefined && { 'content-type': 'application/json' }) }
      return { path, method, sent: { path: query.size > 0 ? `${url}?${query}` : url, method: method.toUpperCase(), headers, body } }
    })
}

/** A parameter as text: mostly as its schema says. Lists are joined by commas. */
function text(document: Document, schema: Schema, minLength: number): fc.Arbitrary<string> {
  const good = values(document, schema).map(value => (typeof value === 'object' ? '1,2' : String(value)))
  // A dot, or two, is a step in a path, and never arrives.
  return fc
    .oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: fc.string({ minLength, maxLength: 200, unit: 'grapheme' }) })
    .filter(value => value.length >= minLength && !/^\.{1,2}$/.test(value))
}

/** Values of a schema, and now and then any JSON in their place. */
function values(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 19, arbitrary: goodValues(document, schema) }, { weight: 1, arbitrary: fc.jsonValue() })
}

function goodValues(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref) return goodValues(document, resolve(document, schema.$ref))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const { type, minimum = 0, maximum = 1000, items = {}, properties = {}, required = [] } = schema
  const [kind] = [type].flat()
  if (kind === 'integer' || kind === 'number') {
    const near = fc.integer({ min: minimum, max: Math.min(maximum, 1000) })
    return fc.oneof(near, fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1))
  }
  if (kind === 'boolean') return fc.boolean()
  if (kind === 'array') return fc.array(values(document, items), { maxLength: 20 })
  if (kind === 'object') {
    const members = Object.entries(properties).map(([name, schema]) => [name, values(document, schema)])
    return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: required })
  }
  return fc.oneof(fc.integer({ min: 0, max: 20 }).map(String), fc.stringMatching(/^[A-Za-z0-9._~-]{1,100}$/))
}

const resolve = (document: object, ref: string): Schema =>
  ref
    .slice(2)
    .split('/')
    .reduce((node, key) => (node as Record<string, object>)[key], document) as Schema
