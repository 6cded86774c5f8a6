import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { flatten, rankingOf } from '../../../src/recommender/scoring/query.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../../src/recommender/scoring/scorer-thread.js'
import { SIZE, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { query } from '../../fixtures/graphs.js'
import { writeNextMovie } from '../../fixtures/next-movie.js'

const dir = await trainCheckerboard(t.testdir())
const unexpected = (error: Error) => t.fail(`the thread failed: ${error.message}`)
const terms = { items: 10, order: false }
const [here, there] = await Promise.all([openScorer(dir, terms, 1, unexpected), openScorerThread(dir, terms, 1, unexpected)])
t.teardown(() => Promise.all([here.close(), there.close()]))

t.test('answers are those of the graph on this thread, each to its own call', async t => {
  const crowd = Array.from({ length: 10 }, (_, row) => query([row], [row], 1 + row))
  const answers = await Promise.all(crowd.map(one => there.score(flatten([one]))))
  for (const [i, one] of crowd.entries()) t.same(rankingOf(answers[i], 0), rankingOf(await here.score(flatten([one])), 0))
})

t.test('what the graph cannot answer fails its own call, and no other', async t => {
  const [bad, good] = await Promise.all([[99], [1]].map(history => there.score(flatten([query(history)]))))
  t.throws(() => rankingOf(bad, 0), { message: /indices element out of data bounds/ })
  t.equal(rankingOf(good, 0).rows.length, 10)
})

t.test('an answer goes to its own call, whichever is done first', async t => {
  // What holds a row that is none is tried again, query by query, while the other is answered.
  const batches = [[99, 1, 2], [3]].map(rows => flatten(rows.map(row => query([row]))))
  const answers = await Promise.all(batches.map(batch => there.score(batch)))
  t.same(
    answers.map(({ counts }) => counts.length),
    [3, 1]
  )
})

t.test('candidates that the graph cannot score fail their own call', async t => {
  const histories = [{ history: Int32Array.of(1), weights: Float32Array.of(1) }]
  const [bad, good] = [99, 3].map(row => there.scoreCandidates({ histories, rows: Int32Array.of(row) }))
  await t.rejects(bad, { message: /indices element out of data bounds/ })
  t.same(await good, await here.scoreCandidates({ histories, rows: Int32Array.of(3) }))
})

t.test('graphs that another thread has tried are opened without a warning', async t => {
  const unordered = t.testdir()
  await writeNextMovie(unordered)
  for (const [isProbed, warnings] of [
    [false, 1],
    [true, 0]
  ] as const) {
    const scorer = await openScorerThread(unordered, { items: SIZE, order: false }, 1, unexpected, isProbed)
    t.teardown(() => scorer.close())
    t.equal(scorer.warnings.length, warnings)
  }
})

/** A scorer on a thread of its own, that thread, and with what it fails. */
async function open(): Promise<{ scorer: Scorer; worker: Worker; failure: Promise<Error> }> {
  const started = once(process, 'worker')
  let fail: (error: Error) => void
  const failure = new Promise<Error>(resolve => (fail = resolve))
  const scorer = await openScorerThread(dir, terms, 1, error => fail(error))
  const [worker] = (await started) as [Worker]
  return { scorer, worker, failure }
}

t.test('a thread that dies of an error fails what waits for it, and says so once', async t => {
  const { scorer, worker, failure } = await open()
  // No such message is ever sent: the thread looks for its id.
  worker.postMessage(null)
  const waiting = scorer.score(flatten([query([1])]))
  await t.rejects(waiting, { message: /Cannot destructure/ })
  t.match(await failure, { message: /Cannot destructure/ })
})

t.test('a thread that ends by itself is a failure of the scorer', async t => {
  const { worker, failure } = await open()
  await worker.terminate()
  t.match(await failure, { message: 'the scoring thread ended with exit code 1' })
})

t.test('to close waits for the end of an idle thread, and for none that is inside a run', async t => {
  const idle = await open()
  let ended = false
  idle.worker.once('exit', () => (ended = true))
  await idle.scorer.close()
  t.ok(ended)

  const busy = await open()
  const end = once(busy.worker, 'exit')
  const run = busy.scorer.score(flatten([query([1])])).catch(() => undefined)
  t.equal(await Promise.race([run.then(() => 'the run'), busy.scorer.close().then(() => 'the call')]), 'the call')
  await end
})

t.test('a process that exits kills itself where a thread may never come back, and only there', async t => {
  const kills = t.capture(process, 'kill')
  const aborts = t.capture(process, 'abort')
  const before = process.listeners('exit')
  /** What happens at an exit of the process, and does not end it here. */
  const exit = (): unknown[] => {
    for (const leave of process.listeners('exit')) if (!before.includes(leave)) leave.call(process, 0)
    return [...kills().map(({ args }) => args), ...aborts().map(() => 'abort')]
  }
  const killed = [[process.pid, 'SIGKILL'], 'abort']

  const opening = open()
  t.same(exit(), killed, 'it opens a graph')
  const { scorer, worker } = await opening
  t.same(exit(), [], 'it waits for work')
  const run = scorer.score(flatten([query([1])]))
  t.same(exit(), killed, 'it scores')
  await run
  await scorer.close()
  t.same(process.listeners('exit'), before, 'and nothing is left of a thread that has ended')
  t.equal(worker.threadId, -1)
})
