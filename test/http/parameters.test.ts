import { readFile } from 'node:fs/promises'
import t from 'tap'
import { movies, trainCheckerboard } from '../fixtures/checkerboard.js'
import { type Answer, doors } from '../fixtures/doors.js'

type Values = Record<string, unknown>

/** What is asked where nothing else is said: what somebody gets of whom nothing is known. */
const ASKED: Values = { userId: 'nobody', users: ['nobody'], movieId: 3, q: 'Movie' }

/** For each parameter, by name, values that must change an answer: its own, and what it needs beside it to count. */
const CHANGES: Record<string, Values> = {
  userId: { userId: '4' },
  users: { users: ['4'] },
  movieId: { movieId: 4 },
  n: { n: 1 },
  strict: { strict: true, userId: 'nobody' },
  genre: { genre: ['Odd'] },
  excludeGenre: { excludeGenre: ['Even'] },
  from: { from: 1993 },
  to: { to: 1997 },
  minLikes: { minLikes: 5 },
  maxLikes: { maxLikes: 3 },
  only: { only: [5] },
  ids: { ids: 'imdb', movieId: 'tt0000003' },
  q: { q: 'Movie 7' },
  exclude: { exclude: [5] },
  history: { history: [4] },
  mode: { mode: 'replace', userId: '4', history: [3] },
  variety: { variety: 1 },
  seed: { seed: 7 },
  explain: { explain: true },
  histories: { histories: [[4]] },
  seen: { seen: 'any', users: ['3', '4'] },
  'mode of recommendGroup': { mode: 'everyone', histories: [[2, 4, 6], [1]] }
}

const only = (values: Values, has: (name: string) => boolean): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => has(name)))

interface Schema {
  type?: string
  minimum?: number
  maximum?: number
}

interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: { $ref: string } }> }
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties: object; required?: string[] }> }
}

const ways = await doors(t, await trainCheckerboard(t.testdir(), { movies }))
const { paths, components } = JSON.parse((await ways.server('/openapi.json')).body) as OpenApi

const bodyOf = ({ requestBody }: Operation): OpenApi['components']['schemas'][string] | undefined =>
  components.schemas[requestBody?.content['application/json'].schema.$ref.split('/').at(-1) ?? '']

const documented = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => {
    const { operationId, parameters = [], requestBody } = operation
    const { properties = {}, required = [] } = bodyOf(operation) ?? {}
    const names = [...parameters.map(({ name }) => name), ...Object.keys(properties)]
    // A group must be somebody, whether known or not.
    const someone = names.includes('histories') ? ['users'] : []
    const needed = new Set([...someone, ...parameters.filter(parameter => parameter.required).map(({ name }) => name), ...required])
    return names.map(name => ({ path, method, operationId, name, names, needed, hasBody: requestBody !== undefined }))
  })
)

for (const [door, send] of Object.entries(ways)) {
  t.test(`no parameter that is documented is ignored by ${door}`, async t => {
    for (const { path, method, operationId, name, names, needed, hasBody } of documented) {
      const what = `${name} of ${operationId}`
      const changes = CHANGES[what] ?? CHANGES[name]
      if (!changes) {
        t.fail(`${what} is documented: add to CHANGES a value of it that must change the answer`)
        continue
      }
      const answer = async (values: Values): Promise<Answer> => {
        const url = path.replace(/\{(\w+)\}/g, (_, each) => String(values[each]))
        const rest = only(values, each => names.includes(each) && !path.includes(`{${each}}`))
        const sent = {
          method: method.toUpperCase(),
          headers: { 'x-request-id': 'same', 'content-type': 'application/json', accept: 'application/json' }
        }
        if (hasBody) return send({ path: url, ...sent, body: JSON.stringify(rest) })
        return send({ path: `${url}?${new URLSearchParams(Object.entries(rest).map(([each, value]) => [each, String(value)]))}`, ...sent })
      }
      const without = { ...only(ASKED, each => needed.has(each)), ...only(changes, each => each !== name) }
      const [before, after] = [await answer(without), await answer({ ...without, ...changes })]
      t.not(after.status, 400, `${what} takes the value in CHANGES: ${after.body}`)
      t.not(said(after), said(before), `${what} is documented and ignored: ${JSON.stringify(changes)} changes nothing`)
    }
  })
}

const operations = Object.values(paths).flatMap(methods => Object.values(methods))
const namesOf = (operationId: string): string[] => documented.filter(each => each.operationId === operationId).map(({ name }) => name)

t.test('what /popular takes, every route that recommends takes', async t => {
  const recommending = operations.map(({ operationId }) => operationId).filter(id => namesOf(id).includes('exclude'))
  t.equal(recommending.length, 6)
  for (const id of recommending) for (const name of namesOf('popular')) t.ok(namesOf(id).includes(name), `${name} of ${id}`)
})

t.test('every whole number has a least and a greatest value', async t => {
  for (const operation of operations) {
    const { operationId, parameters = [] } = operation
    const { properties = {} } = bodyOf(operation) ?? {}
    const schemas = [...parameters.map(({ name, schema }) => [name, schema] as const), ...Object.entries(properties)]
    for (const [name, { type, minimum, maximum }] of schemas as [string, Schema][])
      if (type === 'integer' || type === 'number') t.ok(minimum !== undefined && maximum !== undefined, `${name} of ${operationId}`)
  }
})

t.test('docs/http.md names every parameter', async t => {
  const text = await readFile('docs/http.md', 'utf8')
  for (const name of new Set(documented.map(({ name }) => name))) t.match(text, new RegExp(`["\`:]${name}["\`=]`), name)
})

t.test('every entry of CHANGES is a parameter that is documented', async t => {
  const names = new Set(documented.map(({ name }) => name))
  for (const name of Object.keys(CHANGES)) t.ok(names.has(name.split(' ')[0]), name)
})

/** What an answer says of itself: not when it was given, nor what only repeats the question. */
function said({ status, headers, body }: Answer): string {
  const own = only(headers, name => !['date', 'etag', 'content-length'].includes(name))
  return JSON.stringify([status, own, body.replace(/"userId":"\w+",?/g, '')])
}
