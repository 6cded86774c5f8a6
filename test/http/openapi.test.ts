import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { generateApi } from 'swagger-typescript-api'
import t from 'tap'
import { boot } from '../../src/boot.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'

const { app } = await boot({ LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
t.teardown(() => app.close())
const address = await app.listen({ host: '127.0.0.1', port: 0 })

interface Operation {
  operationId: string
  tags: string[]
  parameters?: { name: string; in: 'path' | 'query'; example?: unknown; schema: object }[]
  requestBody?: { content: Record<string, { schema: object; example?: object }> }
  responses: Record<string, { content: Record<string, { schema: { examples?: unknown[] } }> }>
}
const source = await (await fetch(`${address}/openapi.json`)).text()
const paths = (JSON.parse(source) as { paths: Record<string, Record<string, Operation>> }).paths
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
    '/livez',
    '/metrics',
    '/model',
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
    for (const [type, { schema }] of Object.entries(responses[200].content)) {
      t.equal(schema.examples?.length, 1, `${operationId} has an example of ${type}`)
      const response = await fetch(`${address}${url}?${query}`, {
        method: method.toUpperCase(),
        headers: { accept: type, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body)
      })
      t.equal(response.status, 200)
      const answer = type === 'text/plain' ? await response.text() : await response.json()
      t.same(rounded(answer), rounded(schema.examples?.[0]), `${operationId}, ${type}`)
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
  t.match(known.data, { userId: '42', items: [{ movieId: 480 }, { movieId: 589 }, { movieId: 1259 }] })
  const folded = await api.recommend.recommendForHistory({ history: [589], n: 1 }, { ...json, format: 'json' })
  t.match(folded.data, { source: 'history', items: [{ movieId: 110 }] })
  const batch = await api.recommend.recommendBatch({ users: ['42', '7'] })
  t.match(batch.data.results, [{ status: 200 }, { status: 200 }])
  t.match((await api.similar.similar(589, { n: 1 }, { ...json, format: 'json' })).data, { movieId: 589 })
  const refused = await api.recommend.recommend('42', { n: 501 }, { format: 'json' }).catch((response: unknown) => response)
  t.match(refused, { status: 400, error: { code: 'invalid_request' } })
})
