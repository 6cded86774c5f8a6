import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { openAdaptiveScorer } from '../../../src/recommender/scoring/adaptive-scorer.js'
import { flatten, type Query, type Ranking, rankingOf } from '../../../src/recommender/scoring/query.js'
import type { Scorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { query } from '../../fixtures/graphs.js'
import { makeHang } from '../../fixtures/hanging-graph.js'

const ITEMS = 10
const MODEL_DIR = await trainCheckerboard(t.testdir())
const crowd = Array.from({ length: ITEMS }, (_, row) => query([row], [row], 1 + row))

async function open(t: Test, dir = MODEL_DIR, threads = 1, isCrowded = false): Promise<Scorer> {
  const fail = (error: Error): void => void t.fail(`the scorer failed: ${error.message}`)
  const scorer = await openAdaptiveScorer(dir, { items: ITEMS, order: false }, threads, fail, isCrowded)
  t.teardown(() => scorer.close())
  return scorer
}

const score = async (scorer: Scorer, queries: Query[]): Promise<Ranking[]> => {
  const rankings = await scorer.score(flatten(queries))
  return queries.map((_, i) => rankingOf(rankings, i))
}

type Run = (this: unknown, ...args: unknown[]) => Promise<unknown>
const sessions = InferenceSession as unknown as { prototype: { run: Run } }

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

const alone = (scorer: Scorer) => () => score(scorer, crowd.slice(0, 1))

/** Scores until the scorer knows that a run is short, which is soon, or never. @returns whether it knows */
async function warmUp(scorer: Scorer, most = 2_000, work = alone(scorer)): Promise<boolean> {
  for (let i = 0; i < most; i++) if ((await runsHere(work)) > 0) return true
  return false
}

t.test('who comes alone is scored on this thread, as soon as runs are known to be short', async t => {
  const scorer = await open(t)
  t.equal(await runsHere(alone(scorer)), 0, 'nothing is known of the first run')
  t.ok(await warmUp(scorer))
})

t.test('a crowd is scored on the other thread, and so is who comes while a run is in flight', async t => {
  const scorer = await open(t)
  await warmUp(scorer)
  t.equal(await runsHere(() => score(scorer, crowd)), 0)
  const both = () => Promise.all([score(scorer, crowd), score(scorer, crowd.slice(0, 1))])
  t.equal(await runsHere(both), 0)
})

t.test('where other processes take the other cores, a crowd is scored on this thread, too', async t => {
  const scorer = await open(t, MODEL_DIR, 1, true)
  t.ok(await warmUp(scorer, 2_000, () => score(scorer, crowd)))
})

t.test('an answer is the same, to the bit, wherever it was scored', async t => {
  const scorer = await open(t)
  const together = await score(scorer, crowd)
  await warmUp(scorer)
  for (const [i, one] of crowd.entries()) {
    await warmUp(scorer)
    t.same(await score(scorer, [one]), [together[i]])
  }
})

t.test('a graph that may run for ever, or one that takes several threads, never runs on this thread', async t => {
  const looping = join(t.testdir(), 'board', '1')
  await cp(MODEL_DIR, looping, { recursive: true })
  await makeHang(looping, 1_000)
  for (const [why, scorer] of [
    ['it loops', await open(t, looping)],
    ['two threads', await open(t, MODEL_DIR, 2)]
  ] as const) {
    t.notOk(await warmUp(scorer, 100), why)
  }
})

t.test('a long run goes to the other thread, and one after the other is tried here again when runs are short', async t => {
  const scorer = await open(t)
  await warmUp(scorer)
  // As that of a container that has used up its share of the processor, in the middle of a run.
  const pause = (): void => {
    const end = performance.now() + 100
    while (performance.now() < end);
  }
  await before(pause, alone(scorer))
  t.equal(await runsHere(alone(scorer)), 0)
  t.ok(await warmUp(scorer))
})

t.test('in a container of less than 512 MB the graph is open once, on the other thread', async t => {
  t.capture(process, 'constrainedMemory', () => 256 * 2 ** 20)
  t.notOk(await warmUp(await open(t), 100))
})
