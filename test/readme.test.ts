import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { boot } from '../src/boot.js'
import { configSchema } from '../src/config.js'
import { ERRORS } from '../src/errors.js'
import { openScorer } from '../src/recommender/scorer.js'

const readme = await readFile('README.md', 'utf8')

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** `npx tap --snapshot test/readme.test.ts` writes the tables; otherwise they are compared. */
async function section(name: string, content: string): Promise<void> {
  const [before, rest] = readme.split(`<!-- ${name} -->\n`)
  const [found, after] = rest.split(`<!-- /${name} -->`)
  if (process.env.TAP_SNAPSHOT === '1') {
    const now = await readFile('README.md', 'utf8')
    await writeFile(
      'README.md',
      now.replace(`<!-- ${name} -->\n${found}<!-- /${name} -->`, `<!-- ${name} -->\n${content}\n<!-- /${name} -->`)
    )
  } else t.equal(found.trim(), content, 'write it anew with: npx tap --snapshot test/readme.test.ts')
  t.ok(before && after)
}

t.test('the table of settings is the schema', async () => {
  const rows = Object.entries(configSchema.properties).map(([name, { default: value, description }]) => [
    `\`${name}\``,
    `\`${value}\``,
    description
  ])
  await section('settings', table(['variable', 'default', 'meaning'], rows))
})

t.test('the table of errors is the table in the code', async () => {
  const rows = Object.entries(ERRORS).map(([code, { status, meaning }]) => [`${status}`, `\`${code}\``, meaning])
  await section('errors', table(['status', 'code', 'meaning'], rows))
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

t.test('the files it names are there', async t => {
  for (const [, file] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) await t.resolves(readFile(file), file)
})
