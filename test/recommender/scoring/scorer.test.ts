import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { node } from '../../../models/train/export/onnx.js'
import { openProbedScorer, openScorer } from '../../../src/recommender/scoring/scorer.js'
import { SIZE, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { nextMovie, type Other, writeNextMovie } from '../../fixtures/next-movie.js'

const ordered = { items: SIZE, order: true }
const sorted = { items: SIZE, order: false }
const ignore = (): void => {}

type Method = (...args: unknown[]) => Promise<unknown>
const sessions = (InferenceSession as unknown as { prototype: Record<'run' | 'release', Method> }).prototype

/** How many graphs have been opened from now on, and how many let go. */
function graphs(t: Test): () => { opened: number; released: number } {
  const creates = t.capture(InferenceSession, 'create', InferenceSession.create)
  const releases = t.capture(sessions, 'release', sessions.release)
  return () => ({ opened: creates().length, released: releases().length })
}

/** A folder of three graphs. */
const threeGraphs = (t: Test): Promise<string> =>
  trainCheckerboard(t.testdir(), {
    likeness: { items: SIZE, dimensions: 1, factors: new Float32Array(SIZE).fill(1), popularity: new Float32Array(SIZE), fade: 1 }
  })

/** A folder of two graphs that recommend. */
async function nextMovies(t: Test, similar?: Other): Promise<string> {
  const dir = t.testdir()
  await writeNextMovie(dir)
  await writeFile(join(dir, 'similar.onnx'), nextMovie(similar)['model.onnx'])
  return dir
}

t.test('a scorer that is closed has let go of each of its graphs', async t => {
  const dir = await threeGraphs(t)
  const count = graphs(t)
  const scorer = await openScorer(dir, sorted, 1, ignore)
  await scorer.close()
  t.same(count(), { opened: 3, released: 3 })
})

t.test('a folder that is refused for its last graph has let go of those before', async t => {
  const dir = await threeGraphs(t)
  await copyFile(join(dir, 'model.onnx'), join(dir, 'score.onnx'))
  const count = graphs(t)
  await t.rejects(openScorer(dir, sorted, 1, ignore), { message: /^score\.onnx: expected a graph that takes/ })
  t.same(count(), { opened: 3, released: 3 })
})

t.test('the graph of likeness is tried like the other: refused where it is wrong, and warned of', async t => {
  const heedless: Other = { nodes: { left: [node('Identity', ['all'], ['left'])] } }
  await t.rejects(openScorer(await nextMovies(t, heedless), ordered, 1, ignore), {
    message: /^similar\.onnx: expected nothing of row \d, which is excluded/
  })
  const scorer = await openScorer(await nextMovies(t), sorted, 1, ignore)
  t.teardown(() => scorer.close())
  t.match(scorer.warnings, [/^model\.onnx: the order of a history/, /^similar\.onnx: the order of a history/])
})

t.test('graphs that another thread has tried are opened without a run, and without a warning', async t => {
  const dir = await nextMovies(t)
  const runs = t.capture(sessions, 'run', sessions.run)
  const scorer = await openProbedScorer(dir, sorted, 1, ignore)
  t.teardown(() => scorer.close())
  t.same([runs().length, scorer.warnings], [0, []])
})

t.test('ONNX Runtime is given as many threads as are asked for', async t => {
  const dir = await nextMovies(t)
  const creates = t.capture(InferenceSession, 'create', InferenceSession.create)
  const scorer = await openProbedScorer(dir, ordered, 2, ignore)
  t.teardown(() => scorer.close())
  for (const { args } of creates()) t.match(args[1], { intraOpNumThreads: 2, interOpNumThreads: 1 })
})

t.test('ONNX Runtime reports nothing to its makers', async t => {
  t.equal(process.env.ORT_DISABLE_TELEMETRY, '1')
})
