import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { writeGraph } from '../../../models/train/export/folder.js'
import { openAdaptiveScorer } from '../../../src/recommender/scoring/adaptive-scorer.js'
import { flatten, type Query, type Ranking, rankingOf } from '../../../src/recommender/scoring/query.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { query } from '../../fixtures/graphs.js'
import { makeHang } from '../../fixtures/hanging-graph.js'

const ITEMS = 10
const MODEL_DIR = await trainCheckerboard(t.testdir())
const crowd = Array.from({ length: ITEMS }, (_, row) => query([row], [row], 1 + row))

async function open(t: Test, dir = MODEL_DIR, threads = 1, isCrowded?: boolean, items = ITEMS): Promise<Scorer> {
  const fail = (error: Error): void => void t.fail(`the scorer failed: ${error.message}`)
  const scorer = await openAdaptiveScorer(dir, { items, order: false }, threads, fail, isCrowded)
  t.teardown(() => scorer.close())
  return scorer
}

const score = async (scorer: Scorer, queries: Query[]): Promise<Ranking[]> => {
  const rankings = await scorer.score(flatten(queries))
  return queries.map((_, i) => rankingOf(rankings, i))
}

type Run = (this: unknown, ...args: unknown[]) => Promise<unknown>
const sessions = InferenceSession as unknown as { prototype: { run: Run; release: Run } }

/** Works while each run of the graph on this thread begins with something else. */
async function before(begin: () => void, work: () => Promise<unknown>): Promise<void> {
  const { run } = sessions.prototype
  sessions.prototype.run = function (...args) {
    begin()
    return run.apply(this, args)
  }
  await work().finally(() => (sessions.prototype.run = run))
}

/** How many runs of the graph this thread has made meanwhile. */
async function runsHere(work: () => Promise<unknown>): Promise<number> {
  let runs = 0
  await before(() => runs++, work)
  return runs
}

/** From now on, by the clock of this thread, each run takes as long as is said last, to the bit. Others who read it meanwhile take no time. */
function clock(t: Test): (runMs: number) => void {
  let now = 0
  let step = 0
  const isScorer = (): boolean => /\/adaptive-scorer\.[jt]s/.test(new Error().stack ?? '')
  t.capture(performance, 'now', () => (isScorer() ? (now += step) : now))
  return runMs => {
    step = runMs
  }
}

const people = (count: number): Query[] => Array.from({ length: count }, (_, i) => crowd[i % ITEMS])

/** Whether this thread scores so many queries when they come together. */
const isHere = async (scorer: Scorer, count: number): Promise<boolean> => (await runsHere(() => score(scorer, people(count)))) > 0

/** Waits until the other thread is open: a run that is known to be long waits for it. Of plain runs, nothing is known then. */
async function openThere(scorer: Scorer, take: (runMs: number) => void): Promise<void> {
  take(5)
  for (let i = 0; i < 2; i++) await scorer.scoreByLikeness(flatten(people(1)))
}

t.test('until the other thread is open, all are scored on this one, however many come at a time', async t => {
  const scorer = await open(t)
  const runs = await runsHere(() => Promise.all([score(scorer, people(100)), score(scorer, people(1))]))
  t.equal(runs, 2)
})

t.test('unless that is known to take more than 4 ms: then they wait for the other thread', async t => {
  const scorer = await open(t)
  const take = clock(t)
  take(0.5)
  t.ok(await isHere(scorer, 1))
  t.notOk(await isHere(scorer, 9), '9 × 0.5 ms')
  t.notOk(await isHere(scorer, 8), 'now it is open, and 4 ms are too long')

  const other = await open(t)
  take(0.5)
  await isHere(other, 1)
  t.ok(await isHere(other, 8), '8 × 0.5 ms, while it opens')
})

t.test('when both are open, what is known to take no more than 1 ms is scored on this thread', async t => {
  const scorer = await open(t)
  const take = clock(t)
  await openThere(scorer, take)
  take(0.125 * 8)
  t.notOk(await isHere(scorer, 8), 'nothing is known of the first run')
  t.ok(await isHere(scorer, 8), '8 × 0.125 ms')
  take(0.125 * 9)
  t.notOk(await isHere(scorer, 9))
})

t.test('who comes while a run is in flight is scored on the other thread', async t => {
  const scorer = await open(t)
  const take = clock(t)
  await openThere(scorer, take)
  take(0)
  await isHere(scorer, 1)
  t.equal(await runsHere(() => Promise.all([score(scorer, people(1)), score(scorer, people(1))])), 1)
})

t.test('where other processes take the other cores, up to 4 ms are spent on this thread', async t => {
  const scorer = await open(t, MODEL_DIR, 1, true)
  const take = clock(t)
  await openThere(scorer, take)
  take(0.125)
  await isHere(scorer, 1)
  take(0.125 * 32)
  t.ok(await isHere(scorer, 32))
  t.notOk(await isHere(scorer, 33))
})

t.test('one long run among short ones counts a sixteenth: the next is still scored on this thread', async t => {
  const scorer = await open(t)
  const take = clock(t)
  await openThere(scorer, take)
  take(0.5)
  await isHere(scorer, 1)
  take(8)
  t.ok(await isHere(scorer, 1))
  t.ok(await isHere(scorer, 1), '0.5 ms + (8 ms - 0.5 ms) / 16')
  t.notOk(await isHere(scorer, 1), 'the second counts, too')
  take(0)
  for (let i = 0; i < 10; i++) await isHere(scorer, 1)
  t.ok(await isHere(scorer, 1), 'and so do the short ones that come after it')
})

t.test('an answer is the same, to the bit, wherever it was scored', async t => {
  const scorer = await open(t)
  const take = clock(t)
  const first = await score(scorer, crowd)
  await openThere(scorer, take)
  take(100)
  t.same(await score(scorer, crowd), first)
  for (const [i, one] of crowd.entries()) t.same(await score(scorer, [one]), [first[i]])
})

t.test('a graph that may run for ever, or one that takes several threads, never runs on this thread', async t => {
  const looping = join(t.testdir(), 'board', '1')
  await cp(MODEL_DIR, looping, { recursive: true })
  await makeHang(looping, 1_000)
  clock(t)
  for (const [why, scorer] of [
    ['it loops', await open(t, looping)],
    ['two threads', await open(t, MODEL_DIR, 2)]
  ] as const) {
    for (let i = 0; i < 3; i++) t.notOk(await isHere(scorer, 1), why)
  }
})

t.test('whatever is asked of the graphs, the answer is that of one thread, and short runs are made on this one', async t => {
  const scorer = await open(t)
  const plain = await openScorer(MODEL_DIR, { items: ITEMS, order: false }, 1, () => {})
  t.teardown(() => plain.close())
  const take = clock(t)
  await openThere(scorer, take)
  take(0)
  const candidates = { histories: crowd.slice(0, 2), rows: Int32Array.of(3, 5) }
  for (const [what, ask] of [
    ['score', one => one.score(flatten(crowd.slice(0, 2)))],
    ['scoreByLikeness', one => one.scoreByLikeness(flatten(crowd.slice(0, 2)))],
    ['scoreCandidates', one => one.scoreCandidates(candidates)]
  ] as [string, (scorer: Scorer) => Promise<unknown>][]) {
    const expected = await ask(plain)
    for (let i = 0; i < 50; i++) await ask(scorer)
    const runs = await runsHere(async () => t.same(await ask(scorer), expected, what))
    t.equal(runs, 1, what)
  }
})

t.test('a scorer that is closed has let go of its graphs on this thread, and has ended the other', async t => {
  const listeners = process.listenerCount('exit')
  const creates = t.capture(InferenceSession, 'create', InferenceSession.create)
  const releases = t.capture(sessions.prototype, 'release', sessions.prototype.release)
  const unused = await openAdaptiveScorer(MODEL_DIR, { items: ITEMS, order: false }, 1, () => {})
  t.equal(process.listenerCount('exit'), listeners, 'a start opens no thread')
  await unused.close()
  const scorer = await openAdaptiveScorer(MODEL_DIR, { items: ITEMS, order: false }, 1, () => {})
  await score(scorer, crowd)
  t.equal(process.listenerCount('exit'), listeners + 1, 'the first answer does')
  await scorer.close()
  t.same([creates().length, releases().length], [4, 4], 'model.onnx and score.onnx, twice')
  t.equal(process.listenerCount('exit'), listeners)
})

t.test('where the other thread cannot open the graph, the scorer fails', async t => {
  const dir = join(t.testdir(), 'board')
  await cp(MODEL_DIR, dir, { recursive: true })
  const failures: string[] = []
  const scorer = await openAdaptiveScorer(dir, { items: ITEMS, order: false }, 1, error => failures.push(error.message))
  await rm(join(dir, 'model.onnx'))
  const take = clock(t)
  take(5)
  t.same(await score(scorer, crowd.slice(0, 1)), await score(await open(t), crowd.slice(0, 1)))
  await t.rejects(score(scorer, crowd.slice(0, 1)), /^model\.onnx: ONNX Runtime cannot open it/)
  t.match(failures, [/^model\.onnx: ONNX Runtime cannot open it/])
  t.equal(failures.length, 1)
  await scorer.close()
})

t.test('in a container of less than 512 MB the graph is open once, on the other thread', async t => {
  let limit = 0
  t.capture(process, 'constrainedMemory', () => limit)
  for (const [bytes, here] of [
    [512 * 2 ** 20 - 1, false],
    [512 * 2 ** 20, true],
    [0, true]
  ] as const) {
    limit = bytes
    t.equal(await isHere(await open(t), 1), here, `${bytes} bytes; 0 is no limit`)
  }
})

t.test('in a catalogue of more than 100,000 movies nothing is scored on this thread', async t => {
  const items = 100_001
  const dir = join(t.testdir(), 'large')
  await mkdir(dir)
  const factors = Float32Array.from({ length: items }, (_, row) => row % 7)
  await writeGraph(dir, { items, dimensions: 1, factors, popularity: new Float32Array(items), fade: 1 })
  const scorer = await open(t, dir, 1, true, items)
  clock(t)
  for (let i = 0; i < 3; i++) t.notOk(await isHere(scorer, 1))
})
