import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import t, { type Test } from 'tap'
import { writeGraph } from '../../../models/train/export/folder.js'
import { node } from '../../../models/train/export/onnx.js'
import { type GraphProto, ModelProtoSchema } from '../../../models/train/export/onnx_pb.js'
import type { GraphTerms } from '../../../src/recommender/model/manifest.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { SIZE } from '../../fixtures/checkerboard.js'
import { leavesOutHistory, writeNextMovie } from '../../fixtures/next-movie.js'

/** What an entry of a history adds to a candidate is the product of their numbers: 2 · 4 = 8. */
const NUMBERS = [1, 2, 3, 4]

/** Opens a folder of such a graph, whose `score.onnx` is another one in part. */
async function open(t: Test, terms: Partial<GraphTerms> = {}, edit: (graph: GraphProto) => void = () => {}): Promise<Scorer> {
  const dir = join(t.testdir(), 'numbers')
  await mkdir(dir)
  await writeGraph(dir, { items: 4, dimensions: 1, factors: Float32Array.from(NUMBERS), popularity: new Float32Array(4), fade: 1 })
  const file = join(dir, 'score.onnx')
  const model = fromBinary(ModelProtoSchema, await readFile(file))
  edit(model.graph as GraphProto)
  await writeFile(file, toBinary(ModelProtoSchema, model))
  const scorer = await openScorer(dir, { items: 4, order: false, ...terms }, 1, () => {})
  t.teardown(() => scorer.close())
  return scorer
}

const history = (...rows: number[]) => ({ history: Int32Array.from(rows), weights: new Float32Array(rows.length).fill(1) })

t.test('each history has a score for each row, and what each of its own entries adds to it, on whatever side it is padded', async t => {
  for (const pad of ['left', 'right'] as const) {
    const scorer = await open(t, { pad })
    const answer = await scorer.scoreCandidates({ histories: [history(0, 2), history(3)], rows: Int32Array.of(1, 3) })
    t.same(answer.scores, [Float32Array.of(2 + 6, 4 + 12), Float32Array.of(8, 16)], pad)
    t.same(answer.contributions, [Float32Array.of(2, 4, 6, 12), Float32Array.of(8, 16)], pad)
    t.same(answer.likeness, Float32Array.of(1, 1, 1, 1), 'once, however many histories')
  }
})

t.test('a graph may give scores alone', async t => {
  const scorer = await open(t, {}, graph => (graph.output = graph.output.filter(({ name }) => name === 'scores')))
  t.same(await scorer.scoreCandidates({ histories: [history(0)], rows: Int32Array.of(3) }), {
    scores: [Float32Array.of(4)],
    contributions: undefined,
    likeness: undefined
  })
})

t.test('a graph that has no number for the last item is refused', async t => {
  const byNothing = (graph: GraphProto): void => {
    const last = graph.node.find(({ output }) => output.includes('scores'))
    if (last) Object.assign(last, node('Div', ['taste', 'prior'], ['scores']))
  }
  await t.rejects(open(t, {}, byNothing), { message: 'score.onnx: expected finite scores for rows 0 to 3: it scores Infinity' })
})

t.test('without score.onnx, a row that the graph never offers scores -∞', async t => {
  const dir = t.testdir()
  await writeNextMovie(dir, leavesOutHistory)
  const scorer = await openScorer(dir, { items: SIZE, order: true }, 1, () => {})
  t.teardown(() => scorer.close())
  const { scores } = await scorer.scoreCandidates({ histories: [history(4)], rows: Int32Array.of(4, 5, 6) })
  t.same(scores, [Float32Array.of(-Infinity, 1, 0)])
})
