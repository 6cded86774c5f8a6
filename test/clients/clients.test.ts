// `.ci/clients` brings the generators and starts this.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { boot } from '../../src/boot.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'

const { CLIENTS_TOOLS: tools } = process.env
const skip = tools ? false : '.ci/clients has the tools for it'

const dir = t.testdir()
const { app } = await boot({ LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
t.teardown(() => app.close())
const address = await app.listen({ host: '127.0.0.1', port: 0 })
const document = join(dir, 'openapi.json')
await writeFile(document, await (await fetch(`${address}/openapi.json`)).text())

/** Runs a command, and says all that it said where it fails. */
async function run(command: string, args: string[], env = {}): Promise<void> {
  await promisify(execFile)(command, args, { env: { ...process.env, ...env } }).catch(({ stdout, stderr }: Record<string, string>) => {
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`)
  })
}

const generate = (...args: string[]): Promise<void> => run(`${tools}/openapi-generator-cli`, ['generate', '-i', document, ...args])
const python = (script: string, path: string): Promise<void> =>
  run(`${tools}/python`, [`test/clients/${script}.py`, address], { PYTHONPATH: path })

t.test('openapi-python-client makes a typed client that works', { skip }, async t => {
  const path = join(dir, 'openapi-python-client')
  await mkdir(path)
  const args = ['generate', '--path', document, '--output-path', join(path, 'movies'), '--meta', 'none']
  await run(`${tools}/openapi-python-client`, args)
  await t.resolves(python('openapi_python_client', path))
})

t.test('openapi-generator makes a typed client in Python that works', { skip }, async t => {
  const path = join(dir, 'python')
  await generate('-g', 'python', '-o', path, '--package-name', 'movies')
  await t.resolves(python('openapi_generator', path))
})

t.test('openapi-generator makes a client in TypeScript that compiles and works', { skip }, async t => {
  const path = join(dir, 'typescript')
  await generate('-g', 'typescript-fetch', '-o', path, '--additional-properties=importFileExtension=.js')
  await writeFile(join(path, 'package.json'), '{"type":"module"}')
  await run('npx', ['tsc', '--ignoreConfig', '--strict', '--module', 'nodenext', '--target', 'es2022', join(path, 'index.ts')])

  const { Configuration, RecommendationsApi, ResponseError } = await import(join(path, 'index.js'))
  const api = new RecommendationsApi(new Configuration({ basePath: address, headers: { Accept: 'application/json' } }))
  t.match(await api.recommend({ userId: '42', n: 3 }), {
    userId: '42',
    items: [{ movieId: '2858' }, { movieId: '1259' }, { movieId: '480' }]
  })
  t.match(await api.recommendForHistory({ recommendBody: { history: [{ movieId: 589, rating: 5 }], n: 1 } }), { source: 'history' })
  t.match(await api.recommendBatch({ batchBody: { users: ['42', 7] } }), { results: [{ status: 200 }, { status: 200 }] })
  t.match(await api.similar({ movieId: '589' }), { movieId: '589' })
  await t.rejects(api.recommend({ userId: '42', n: 501 }), ResponseError)
})
