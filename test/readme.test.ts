import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Ajv, type AnySchemaObject } from 'ajv'
import t from 'tap'
import { boot } from '../src/boot.js'
import { configSchema } from '../src/config.js'
import { ERRORS } from '../src/http/errors.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import { manifestSchema } from '../src/recommender/model/manifest.js'
import { expectation } from '../src/validation/sentences.js'
import { isGenerated, sectionsOf, table } from './fixtures/document.js'

const readme = await readFile('README.md', 'utf8')

t.test('the table of settings is the schema', async t => {
  const section = sectionsOf('docs/settings.md', 'test/readme.test.ts')
  const rows = Object.entries(configSchema.properties).map(([name, { default: value, description }]) => [
    `\`${name}\``,
    `\`${value}\``,
    description
  ])
  await section(t, 'settings', table(['variable', 'default', 'meaning'], rows))
})

t.test("the table of the manifest's fields is its schema, and so is the file of it, which the default model keeps", async t => {
  const section = sectionsOf('docs/model.md', 'test/readme.test.ts')
  await section(t, 'manifest', table(['field', 'needed', 'value', 'meaning'], fieldsOf(manifestSchema)))
  const published = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'manifest.json of a model folder', ...manifestSchema }
  const file = 'docs/manifest.schema.json'
  await isGenerated(t, file, `${JSON.stringify(published, null, 2)}\n`, 'test/readme.test.ts')
  const schema = JSON.parse(await readFile(file, 'utf8'))
  const valid = new Ajv({ allErrors: true }).compile(schema)
  t.ok(valid(JSON.parse(await readFile('models/movielens/2/manifest.json', 'utf8'))), JSON.stringify(valid.errors))
  t.notOk(valid({ format: 2 }))
})

/** A row for each field of an object, and of the objects in it. */
function fieldsOf({ properties = {}, required = [] }: AnySchemaObject, inside = ''): string[][] {
  return Object.entries(properties as Record<string, AnySchemaObject>).flatMap(([name, schema]) => {
    const path = `${inside}${name}`
    const { title, enum: options } = schema
    const row = [`\`${path}\``, required.includes(name) ? 'yes' : '', options ? options.join(' or ') : expectation(schema), title]
    return [row, ...fieldsOf(schema, `${path}.`), ...fieldsOf(schema.items ?? {}, `${path}[].`)]
  })
}

t.test('the table of errors is the table in the code', async t => {
  const section = sectionsOf('docs/http.md', 'test/readme.test.ts')
  const rows = Object.entries(ERRORS).map(([code, { status, meaning }]) => [`${status}`, `\`${code}\``, meaning])
  await section(t, 'errors', table(['status', 'code', 'meaning'], rows))
})

t.test('the examples are what the default model answers', async t => {
  const { app } = await boot({ LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
  const examples = [...readme.matchAll(/^\$ curl (?:-H 'Accept: ([^']+)' )?'?localhost:8082(\/[^'\s]*)'?\n(.+)$/gm)]
  t.equal(examples.length, 2)
  for (const [, accept, url, answer] of examples) {
    const { body } = await app.inject({ url, headers: accept ? { accept } : {} })
    // the last digits of a float32 are the processor's affair
    const rounded = (text: string) => text.replace(/\d+\.\d{6,}/g, score => Number(score).toFixed(4))
    t.equal(rounded(body), rounded(answer), url)
  }
})

for (const document of [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/histories.md',
  'docs/http.md',
  'docs/measurements.md',
  'docs/performance.md',
  'docs/settings.md',
  'docs/model.md',
  'docs/models/README.md',
  'docs/privacy.md',
  'docs/training.md',
  'models/README.md'
]) {
  t.test(`the files that ${document} names are there`, async t => {
    const text = await readFile(document, 'utf8')
    const names = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)|(?:src|srcset)="([^"]+)"/g)].map(([, link, picture]) => link ?? picture)
    for (const name of names) await t.resolves(readFile(join(dirname(document), name)), name)
  })
}
