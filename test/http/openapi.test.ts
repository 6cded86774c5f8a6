import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { generateApi } from 'swagger-typescript-api'
import t from 'tap'
import { movies, trainCheckerboard } from '../fixtures/checkerboard.js'
import { server, startApp } from '../fixtures/doors.js'
import type { Sent } from '../fixtures/events.js'

const app = await startApp(t, {})
const address = await app.listen({ host: '127.0.0.1', port: 0 })

interface Operation {
  operationId: string
  tags: string[]
  parameters?: { name: string; in: 'path' | 'query'; example?: unknown; schema: object }[]
  requestBody?: { content: Record<string, { schema: object; example?: object }> }
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string }; example?: unknown }> }>
}
const source = await (await fetch(`${address}/openapi.json`)).text()
const { paths } = JSON.parse(source) as { paths: Record<string, Record<string, Operation>> }
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation }))
)

t.test('the document passes a public linter, every rule of it', async t => {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config })
  t.same(
    problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    []
  )
})

t.test('it describes every path that is not a page', async t => {
  t.same(Object.keys(paths).sort(), [
    '/',
    '/catalogue',
    '/livez',
    '/metrics',
    '/model',
    '/movies',
    '/movies/{movieId}',
    '/ping',
    '/popular',
    '/readyz',
    '/recommend',
    '/recommend/batch',
    '/recommend/group',
    '/recommend/{userId}',
    '/similar/{movieId}'
  ])
})

t.test('what client generators make types of has a name, and JSON comes before text', async t => {
  const named = (name: string): object => ({ schema: { $ref: `#/components/schemas/${name}` } })
  const answers = Object.fromEntries(operations.map(({ operationId, responses }) => [operationId, responses[200].content ?? {}]))
  for (const [operationId, name] of Object.entries({
    recommend: 'RecommendationForUser',
    recommendForHistory: 'Recommendation',
    popular: 'Recommendation',
    similar: 'SimilarMovies',
    recommendBatch: 'BatchResult',
    model: 'Model',
    searchMovies: 'FoundMovies',
    movie: 'MovieInfo'
  })) {
    t.equal(Object.keys(answers[operationId])[0], 'application/json', operationId)
    t.match(answers[operationId]['application/json'], named(name), operationId)
  }
  t.same(Object.keys(answers.home), ['text/plain', 'text/html'], 'the page is an answer, too')
  for (const { operationId, responses } of operations) {
    for (const [status, { content }] of Object.entries(responses))
      if (content?.['application/problem+json'])
        t.same(content, { 'application/problem+json': named('Problem') }, `${operationId} ${status}`)
    const isCached = ['recommend', 'popular', 'similar', 'searchMovies', 'movie', 'home'].includes(operationId)
    t.equal(responses[304] !== undefined, isCached, `${operationId}: 304 is declared where there is an ETag`)
  }
})

t.test('genres are a list to choose from, and no parameter at all where the model has none', async t => {
  const withGenres = await server(t, { MODEL_DIR: await trainCheckerboard(t.testdir({}), { movies }), LOG_LEVEL: 'silent' })
  const { components } = JSON.parse((await withGenres('/openapi.json')).body) as { components: { schemas: object } }
  t.match(components.schemas, { Genre: { type: 'string', enum: ['Even', 'Nice', 'Odd'] } })

  const without = await server(t, { MODEL_DIR: await trainCheckerboard(t.testdir({})), LOG_LEVEL: 'silent' })
  t.notMatch((await without('/openapi.json')).body, /"Genre"|"genre"/)
  const post = (path: string, body: object): Sent => ({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  for (const sent of [
    '/popular?genre=Odd',
    '/similar/5?genre=Odd',
    '/recommend/4?genre=Odd',
    post('/recommend', { genre: ['Odd'] }),
    post('/recommend/batch', { users: ['4'], genre: ['Odd'] })
  ]) {
    const refused = { status: 400, code: 'invalid_request', detail: /^genre: unknown; expected / }
    t.match(JSON.parse((await without(sent)).body), refused, JSON.stringify(sent))
  }
})

t.test('every example is an answer that the default model gives', async t => {
  const rounded = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (key, each) =>
      key === 'score' ? Number(each).toExponential(1) : key === 'requestId' ? undefined : each
    )
  for (const { path, method, operationId, tags, parameters = [], requestBody, responses } of operations) {
    if (!tags.includes('recommendations')) continue
    const given = parameters.filter(({ example }) => example !== undefined)
    const url = path.replace(/\{(\w+)\}/g, (_, name) => String(given.find(parameter => parameter.name === name)?.example))
    const query = new URLSearchParams(
      given.filter(parameter => parameter.in === 'query').map(({ name, example }) => [name, String(example)])
    )
    const body = requestBody?.content['application/json'].example
    for (const [type, { example }] of Object.entries(responses[200].content ?? {})) {
      t.ok(example, `${operationId} has an example of ${type}`)
      const response = await fetch(`${address}${url}?${query}`, {
        method: method.toUpperCase(),
        headers: { accept: type, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body)
      })
      t.equal(response.status, 200)
      const answer = type === 'text/plain' ? await response.text() : await response.json()
      t.same(rounded(answer), rounded(example), `${operationId}, ${type}`)
    }
  }
})

t.test('a client that a public generator makes of it works against the server', async t => {
  const dir = t.testdir()
  const input = join(dir, 'openapi.json')
  await writeFile(input, source)
  await generateApi({ input, output: dir, fileName: 'client.ts', silent: true })
  const { Api } = await import(join(dir, 'client.ts'))
  const api = new Api({ baseUrl: address })
  const json = { headers: { accept: 'application/json' } }

  const known = await api.recommend.recommend('42', { n: 3 }, { ...json, format: 'json' })
  t.match(known.data, { userId: '42', items: [{ movieId: 2858 }, { movieId: 1259 }, { movieId: 480 }] })
  const folded = await api.recommend.recommendForHistory({ history: [589], n: 1 }, { ...json, format: 'json' })
  t.match(folded.data, { source: 'history', items: [{ movieId: 480 }] })
  const batch = await api.recommend.recommendBatch({ users: ['42', '7'] })
  t.match(batch.data.results, [{ status: 200 }, { status: 200 }])
  t.match((await api.similar.similar(589, { n: 1 }, { ...json, format: 'json' })).data, { movieId: 589 })
  const refused = await api.recommend.recommend('42', { n: 501 }, { format: 'json' }).catch((response: unknown) => response)
  t.match(refused, { status: 400, error: { code: 'invalid_request' } })
})
