import { create, toBinary } from '@bufbuild/protobuf'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TensorProto_DataType as DataType, ModelProtoSchema } from '../../models/train/export/onnx_pb.js'
import t, { type Test } from 'tap'
import { floats, int, longs, node, value, Weights } from '../../models/train/export/onnx.js'
import { encodeHistories } from '../../src/recommender/model/histories.js'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { Recommender } from '../../src/recommender/recommender.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { editManifest, rewrite } from '../fixtures/model-folder.js'

/**
 * A graph for which order is all that counts: it offers the next movie of each that was watched, the latest first.
 *
 *     history 5, 1, 3     place in it ×1, ×2, ×3     offers 4 (score 3), 2 (score 2), 6 (score 1)
 */
function nextMovie(): Record<string, Uint8Array> {
  const rows = SIZE + 1
  const next = new Float32Array(rows * rows)
  for (let row = 0; row < SIZE - 1; row++) next[row * rows + row + 1] = 1
  const weights = new Weights('weights.bin')
  const prior = new Float32Array(rows).fill(-Infinity, SIZE)
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: '', version: 21n }],
    graph: {
      name: 'next movie',
      input: [
        value('history', DataType.INT64, ['batch', 'l']),
        value('exclude', DataType.INT64, ['batch', 'm']),
        value('k', DataType.INT64, [1])
      ],
      output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k'])],
      initializer: [
        weights.add('next', [rows, rows], next),
        weights.add('prior', [rows], prior),
        longs('1', 1),
        floats('never', -Infinity)
      ],
      node: [
        node('Gather', ['next', 'history'], ['each']),
        node('Shape', ['history'], ['shape'], int('start', 1)),
        node('Squeeze', ['shape'], ['l']),
        node('Add', ['l', '1'], ['end']),
        node('Range', ['1', 'end', '1'], ['numbers']),
        node('Cast', ['numbers'], ['places'], int('to', DataType.FLOAT)),
        node('MatMul', ['places', 'each'], ['sum']),
        node('Add', ['sum', 'prior'], ['all']),
        node('Shape', ['exclude'], ['excluded']),
        node('Expand', ['never', 'excluded'], ['nevers']),
        node('ScatterElements', ['all', 'exclude', 'nevers'], ['left'], int('axis', 1)),
        node('TopK', ['left', 'k'], ['scores', 'rows']),
        node('Cast', ['rows'], ['items'], int('to', DataType.INT32))
      ]
    }
  })
  return { 'model.onnx': toBinary(ModelProtoSchema, model), 'weights.bin': weights.bytes() }
}

/** Ann has watched movie 9, which she did not like, then 5, then 1. */
async function serve(t: Test, order: boolean): Promise<Recommender> {
  const dir = await trainCheckerboard(t.testdir())
  const histories = encodeHistories({
    userIds: ['ann'],
    offsets: Int32Array.of(0, 3),
    rows: Int32Array.of(8, 4, 0),
    ratings: Uint8Array.of(0, 1, 1)
  })
  for (const [name, bytes] of Object.entries({ ...nextMovie(), 'histories.bin': histories })) {
    await writeFile(join(dir, name), '')
    await rewrite(dir, name, () => bytes)
  }
  await editManifest(dir, manifest => Object.assign(manifest, { order, histories: { users: 1, pairs: 3 } }))
  const recommender = new Recommender(await loadModel(dir, openScorer), {
    maxBatch: 8,
    maxQueue: 8,
    maxQueueMs: 10_000,
    maxInFlight: 1,
    maxWaitMs: 20_000
  })
  t.teardown(() => recommender.close())
  return recommender
}

const ask = async (recommender: Recommender, history?: string[], n = 2) =>
  (await recommender.recommend({ userId: 'ann', history, n })).movieIds

t.test('where order matters, a history reaches the graph in the order of time', async t => {
  const recommender = await serve(t, true)
  t.same(await ask(recommender), ['2', '6'], 'what is kept')
  t.same(await ask(recommender, ['7', '3'], 4), ['4', '8', '2', '6'], 'what comes along is later')
  const again = await recommender.recommend({ userId: 'ann', history: ['5'], n: 2 })
  t.match(again.items(), [{ movieId: '6', score: 2 }, { movieId: '2', score: 1 }], 'what is watched again is later, and counts once') // prettier-ignore
})

t.test('where it does not, the same likes are the same history, in whatever order they come', async t => {
  const recommender = await serve(t, false)
  t.same(await ask(recommender), ['6', '2'])
  t.same(await ask(recommender, ['7', '3'], 4), ['8', '6', '4', '2'])
  t.same(await ask(recommender, ['3', '7'], 4), ['8', '6', '4', '2'])
})

t.test('a movie that is sent twice counts once', async t => {
  const recommender = await serve(t, false)
  const scored = async (...history: string[]) => (await recommender.recommend({ history, n: 2 })).items()
  t.match(await scored('3', '7'), [
    { movieId: '8', score: 2 },
    { movieId: '4', score: 1 }
  ])
  t.same(await scored('3', '3', '7'), await scored('3', '7'))
})
