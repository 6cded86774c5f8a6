import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { flatten } from '../../../src/recommender/scoring/query.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../../src/recommender/scoring/scorer-thread.js'
import { watch } from '../../../src/recommender/scoring/watchdog.js'
import { SIZE, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startNode } from '../../fixtures/child.js'
import { query } from '../../fixtures/graphs.js'
import { makeHang } from '../../fixtures/hanging-graph.js'
import { startService } from '../../fixtures/service.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())
const limits = { HANDLER_TIMEOUT_MS: '500', SCORING_TIMEOUT_MS: '1500' }
const FATAL = /"level":60,.*scoring hangs: a run has not ended within 1500 ms/

/** Runs JavaScript in each thread of a process before anything else. */
const first = (code: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(code)}`]

/** A model whose graph hangs for whoever asks for `n` movies. */
async function hanging(t: Test, n: number, from = MODEL_DIR): Promise<string> {
  const dir = join(t.testdir(), 'board', '1')
  await cp(from, dir, { recursive: true })
  await makeHang(dir, n)
  return dir
}

t.test('a scoring thread that hangs inside ONNX Runtime ends the service, after a fatal line', async t => {
  const { child, port } = await startService(t, { MODEL_DIR: await hanging(t, 7), ...limits })
  const send = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
  t.match(await send('/recommend/4'), { status: 200 })
  const hung = await send('/recommend/4?n=7')
  t.match({ status: hung.status, ...((await hung.json()) as object) }, { status: 503, code: 'timeout' })
  await child.says(FATAL)
  const readyz = await send('/readyz').then(
    ({ status }) => status,
    ({ cause }: { cause: NodeJS.ErrnoException }) => cause.code
  )
  t.ok(readyz === 503 || readyz === 'ECONNREFUSED', `not ready any more: ${readyz}`)
  t.match(await child.ended, { code: null, signal: 'SIGKILL' }, 'an exit that Docker, ECS and systemd take for a failure')
})

t.test('a graph that hangs while it is tried, or with the first request, stops the start with a sentence', async t => {
  for (const [n, sentence] of [
    [1, /model\.onnx: it could not be opened and tried within 1500 ms/],
    [10, /The first request, made to warm up, was answered with 503/]
  ] as const) {
    // The board has so few movies that it is tried with as many as the first request asks for.
    const env = { MODEL_DIR: await hanging(t, n, 'models/movielens/2'), PORT: '0', ...limits }
    t.match(await startNode(t, ['dist/server.js'], env).ended, { code: null, signal: 'SIGKILL', err: sentence }, `n is ${n}`)
  }
})

t.test('a run that never settles ends the service, too, though other runs do', async t => {
  const loseOne = `
    import { parentPort } from 'node:worker_threads'
    if (parentPort) {
      const post = parentPort.postMessage.bind(parentPort)
      parentPort.postMessage = (message, transfer) => { if (message.id !== 3) post(message, transfer) }
    }`
  // With several threads for a run, all are made on the scoring thread.
  const { child, port } = await startService(t, { MODEL_DIR, SCORING_THREADS: '2', ...limits }, first(loseOne))
  const statuses: number[] = []
  const again = setInterval(() => {
    fetch(`http://127.0.0.1:${port}/recommend/4`).then(
      ({ status }) => statuses.push(status),
      () => {}
    )
  }, 100)
  t.teardown(() => clearInterval(again))
  t.match(await child.ended, { signal: 'SIGKILL', out: FATAL })
  t.same([...new Set(statuses)].sort(), [200, 503], 'one was lost, others were answered')
})

t.test('a run that never settles ends a function, too', async t => {
  const settleNever = `
    import { createRequire } from 'node:module'
    const { InferenceSession } = createRequire(process.cwd() + '/')('onnxruntime-node')
    const run = InferenceSession.prototype.run
    let runs = 0
    InferenceSession.prototype.run = function (feeds) { return ++runs > 30 ? new Promise(() => {}) : run.call(this, feeds) }`
  const events = `
    setInterval(() => {}, 1000)
    const { handler } = await import(process.cwd() + '/dist/lambda.js')
    const event = { version: '2.0', rawPath: '/recommend/4', rawQueryString: '', headers: {}, requestContext: { http: { method: 'GET', path: '/recommend/4' } } }
    for (;;) process.stdout.write('status ' + (await handler(event, {})).statusCode + ' ')`
  const lambda = startNode(t, [...first(settleNever), '--input-type=module', '--eval', events], {
    MODEL_DIR,
    LOG_LEVEL: 'fatal',
    ...limits
  })
  t.match(await lambda.ended, { code: 1, out: /status 200 .*status 503/s, err: /scoring hangs: a run has not ended within 1500 ms/ })
})

t.test('a run that outlasts the limit is told of once, and it, what runs with it and what comes later are refused', async t => {
  const opened = await openScorer(MODEL_DIR, { items: SIZE, order: false }, 1, () => {})
  const said: string[] = []
  const scorer = watch({ ...opened, score: () => new Promise(() => {}) }, 20, error => said.push(error.message))
  t.teardown(() => scorer.close())
  const one = flatten([query([1])])
  t.match((await scorer.scoreByLikeness(one)).counts, [SIZE], 'before')
  const candidates = { histories: [query([1])], rows: Int32Array.of(2, 3) }
  t.same(await scorer.scoreCandidates(candidates), await opened.scoreCandidates(candidates))
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const begun = performance.now()
  const runs = [scorer.score(one), scorer.score(one)]
  for (const run of runs) await t.rejects(run, { message: 'there was no answer within 20 ms' })
  t.ok(performance.now() - begun < 1000, 'soon after the limit')
  await t.rejects(scorer.scoreByLikeness(one), { message: 'there was no answer within 20 ms' })
  await sleep(10)
  t.same(said, ['scoring hangs: a run has not ended within 20 ms'])
})

t.test('runs that follow one another for longer than the limit are not taken for one that hangs', async t => {
  const opened = await openScorer(MODEL_DIR, { items: SIZE, order: false }, 1, () => {})
  const scorer = watch(opened, 50, error => t.fail(error.message))
  t.teardown(() => scorer.close())
  const one = flatten([query([1])])
  for (const end = performance.now() + 150; performance.now() < end; await immediate()) await scorer.score(one)
  t.match((await scorer.score(one)).counts, [SIZE])
})

t.test('a process that was frozen in the middle of a run does not take it for hung', async t => {
  const scorer = watch(await openScorerThread(MODEL_DIR, { items: SIZE, order: false }, 1, () => {}), 500, error => t.fail(error.message))
  t.teardown(() => scorer.close())
  const run = scorer.score(flatten([query([1])]))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)
  t.match((await run).counts, [SIZE])
})
