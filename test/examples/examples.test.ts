// `.ci/examples` brings Python and starts this.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { pack } from '../../src/recommender/scoring/batching.js'
import { flatten, rankingOf } from '../../src/recommender/scoring/query.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { startCommand, startNode } from '../fixtures/child.js'
import { server } from '../fixtures/doors.js'
import { query } from '../fixtures/graphs.js'

const { EXAMPLES_TOOLS: tools, EXAMPLES_TORCH: torch } = process.env
const dir = t.testdir()
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', OPENBLAS_NUM_THREADS: '1', SPARK_LOCAL_IP: '127.0.0.1' }

/** The sections of docs/models/README.md that have commands: its text, commands, and the agreement that it states. */
const sections = (await readFile('docs/models/README.md', 'utf8')).split(/^## /m).flatMap(text => {
  const [, commands] = text.match(/```sh\n(.*?)```/s) ?? []
  const [, agreement] = text.match(/at least (\.\d+)/) ?? []
  return commands && agreement ? [{ title: text.split('\n')[0], commands: commands.trim().split('\n'), agreement: Number(agreement) }] : []
})

const hasJava = (): boolean => (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, 'java')))

async function python(t: Test, bin: string, cwd: string, args: string[]): Promise<string> {
  const { code, out, err } = await startCommand(t, join(bin, 'python'), args, env, cwd).ended
  t.equal(code, 0, `${args.join(' ')}: ${err}`)
  return out
}

t.before(async () => {
  if (!tools) return
  await writeFile(join(dir, 'ratings.csv'), await python(t, tools, dir, [resolve('docs/models/ratings.py'), resolve('models/movielens/2')]))
})

t.test('there are examples', async t => void t.ok(sections.length >= 6))

for (const { title, commands, agreement } of sections) {
  const [install, train, packing] = commands
  const bin = install.includes('torch') ? torch : tools
  const skip = !bin ? '.ci/examples has the tools for it' : install.includes('pyspark') && !hasJava() ? 'there is no Java' : false
  t.test(`${title}: the service recommends what the library does`, { skip }, async t => {
    const place = join(dir, title.replaceAll(/\W/g, '-'))
    await mkdir(place)
    const [, script] = train.match(/^python (\S+) ratings\.csv$/) as string[]
    const lines = (await readFile(script, 'utf8')).trim().split('\n')
    t.ok(lines.length < 40, `${script} has ${lines.length} lines`)
    await python(t, bin as string, place, [resolve(script), '../ratings.csv'])
    const args = packing.replace('npm run pack -- ', '').replace(' ratings.csv', ' ../ratings.csv').split(' ')
    const packed = await startNode(t, [resolve('build/models/train/pack.js'), ...args], env, place).ended
    t.equal(packed.code, 0, packed.err)
    t.notMatch(packed.out, /warning/)
    const folder = join(place, args[args.indexOf('--out') + 1])
    const share = await agreementOf(t, folder, JSON.parse(await readFile(join(place, 'recommended.json'), 'utf8')))
    t.comment(`${title}: ${share.toFixed(3)} of the first ten`)
    t.ok(share >= agreement, `${share} is at least ${agreement}`)
    await isSameInPython(t, folder)
  })
}

t.test(
  'the default model gives the same answers in ONNX Runtime for Python',
  { skip: tools ? false : '.ci/examples has the tools for it' },
  t => isSameInPython(t, 'models/movielens/2')
)

/** The mean share of the library's first ten that are the service's first ten, over HTTP. */
async function agreementOf(t: Test, folder: string, recommended: Record<string, string[]>): Promise<number> {
  const send = await server(t, { MODEL_DIR: folder, LOG_LEVEL: 'silent' })
  const shares: number[] = []
  for (const [userId, own] of Object.entries(recommended)) {
    const { body } = await send(`/recommend/${userId}?n=10`)
    shares.push(own.filter(id => body.split(',').includes(id)).length / own.length)
  }
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

/** onnx finds nothing wrong with the graphs, and answers are those of the service but for the last digits. */
async function isSameInPython(t: Test, folder: string): Promise<void> {
  const { manifest, scorer } = await loadModel(folder, openScorer)
  t.teardown(() => scorer.close())
  const width = manifest.maxHistory
  const queries = [query([], [], 10), query([1, 5, 9], [1, 5, 9], 10), query([7, 3], [7, 3, 2], 200)]
  const inputs = queries.map(one => {
    const { history, weights, exclude, k } = pack(flatten([one]), [0], { ...manifest, width })
    return { history: [[...history].map(Number)], weights: [[...weights]], exclude: [[...exclude].map(Number)], k }
  })
  const child = startCommand(t, join(tools as string, 'python'), ['test/examples/same_answers.py', folder], env)
  child.process.stdin?.end(JSON.stringify(inputs))
  const { code, out, err } = await child.ended
  t.equal(code, 0, err)
  const rankings = await scorer.score(flatten(queries))
  for (const [i, line] of out.trim().split('\n').entries()) {
    const { items, scores } = JSON.parse(line.replaceAll('-Infinity', 'null')) as { items: number[]; scores: number[] }
    const { rows, scores: own } = rankingOf(rankings, i)
    t.same(items.slice(0, rows.length), [...rows], `${folder}: query ${i}`)
    t.ok(own.every((score, rank) => Math.abs(score - scores[rank]) <= 1e-4 * Math.max(1, Math.abs(score))))
  }
}
