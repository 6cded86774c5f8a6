import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { configSchema } from '../src/config.js'
import { ERRORS } from '../src/http/errors.js'
import { prometheus } from '../src/metrics/prometheus.js'
import type { Manifest } from '../src/recommender/model/manifest.js'

const document = await readFile('docs/reliability.md', 'utf8')
const faults = document
  .split('\n')
  .filter(line => line.startsWith('| '))
  .slice(2)
  .map(line => line.split('|').map(cell => cell.trim()))

/** Everything in backticks. */
const named = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name)

/** The code that writes logs: ours, the trainer's, and the library that ends a stop. */
async function code(): Promise<string> {
  const files = await Promise.all(
    ['src', 'models/train'].map(async dir => (await readdir(dir, { recursive: true })).map(file => join(dir, file)))
  )
  const sources = [...files.flat().filter(file => file.endsWith('.ts')), 'node_modules/close-with-grace/index.js']
  return (await Promise.all(sources.map(file => readFile(file, 'utf8')))).join('\n')
}

t.test('the log says each sentence of the table of faults', async t => {
  const text = await code()
  const sentences = faults.flatMap(([, , , log]) => named(log)).filter(name => name.includes(' '))
  t.ok(sentences.length >= 8, `${sentences.length} sentences`)
  for (const sentence of sentences) {
    // three dots stand for what the code fills in
    const parts = sentence.split('…').filter(part => part.trim() !== '')
    for (const part of parts) t.ok(text.includes(part), part)
  }
})

t.test('every metric, setting and error code of the page exists', async t => {
  const metrics = await prometheus(
    { name: 'a', version: '1' } as Manifest,
    () => 0,
    () => 0
  ).text()
  const names = named(document)
  for (const name of names.filter(name => /^[a-z]+(_[a-z]+)*_(total|seconds|bytes)$/.test(name))) t.match(metrics, `# TYPE ${name} `)
  for (const name of names.filter(name => /^[A-Z]+(_[A-Z]+)+$/.test(name))) t.hasProp(configSchema.properties, name)
  const codes = faults.flatMap(([, , client]) => [...client.matchAll(/\d{3} `(\w+)`/g)].map(([, code]) => code))
  t.ok(codes.length >= 3, `${codes.length} codes`)
  for (const code of codes) t.hasProp(ERRORS, code)
})
