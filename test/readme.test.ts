import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { boot } from '../src/boot.js'
import { configSchema } from '../src/config.js'
import { ERRORS } from '../src/http/errors.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import { sectionsOf, table } from './fixtures/document.js'

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
  'docs/settings.md',
  'docs/model.md',
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
