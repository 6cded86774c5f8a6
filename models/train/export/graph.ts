import { create, toBinary } from '@bufbuild/protobuf'
import { TensorProto_DataType as DataType, ModelProtoSchema } from 'onnx-buf'
import { type BlockEnds, earlyStop } from './early-stop.js'
import type { Factors } from '../ials/fit.js'
import { floats, type Graph, int, node, value, Weights } from './onnx.js'

/** The file of the graph's weights. */
export const WEIGHTS = 'weights.bin'

/**
 * Writes the graph of the model contract:
 *
 *     history ─ Gather ─ MatMul(ones) ─ MatMul(W) ─ Gemm(Yᵀ, + b) ─ ScatterElements(-∞ at exclude) ─ TopK ─ items, scores
 *
 * `Y` has one row more than there are items. It is all zeros and means "no item": histories are padded with it. Its
 * prior is -∞, so it is never recommended.
 *
 * @param blockEnds where the blocks end that are scored one after the other, as early-stop.ts shows. None: all items are scored for
 *   everybody.
 * @returns the two files of the graph, as bytes
 */
export function graph(factors: Factors, blockEnds?: BlockEnds): Record<string, Uint8Array> {
  const { items, dimensions: d, foldIn, popularity } = factors
  const weights = new Weights(WEIGHTS)
  // Y comes first: the blocks are parts of it.
  const initializer = [weights.add('Y', [items + 1, d], factors.factors, new Float32Array(d)), weights.add('W', [d, d], foldIn)]
  const user = [
    node('Gather', ['Y', 'history'], ['liked']),
    node('Shape', ['history'], ['l'], int('start', 1)),
    node('Expand', ['one', 'l'], ['ones']),
    node('MatMul', ['ones', 'liked'], ['sum']),
    node('MatMul', ['sum', 'W'], ['user'])
  ]
  const everything = (): Graph => ({
    initializer: [weights.add('b', [items + 1], popularity, Float32Array.of(-Infinity)), floats('one', 1), floats('never', -Infinity)],
    node: [
      node('Gemm', ['user', 'Y', 'b'], ['all'], int('transB', 1)),
      node('Shape', ['exclude'], ['excluded']),
      node('Expand', ['never', 'excluded'], ['nevers']),
      node('ScatterElements', ['all', 'exclude', 'nevers'], ['left'], int('axis', 1)),
      node('TopK', ['left', 'k'], ['scores', 'rows']),
      node('Cast', ['rows'], ['items'], int('to', DataType.INT32))
    ],
    output: []
  })
  const best = blockEnds ? earlyStop(factors, blockEnds, weights) : everything()

  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: '', version: 21n }],
    producerName: 'movie-recommender',
    graph: {
      name: 'recommend',
      input: [
        value('history', DataType.INT64, ['batch', 'l']),
        value('exclude', DataType.INT64, ['batch', 'm']),
        value('k', DataType.INT64, [1])
      ],
      output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k']), ...(best.output ?? [])],
      initializer: [...initializer, ...(best.initializer ?? [])],
      node: [...user, ...(best.node ?? [])]
    }
  })
  return { 'model.onnx': toBinary(ModelProtoSchema, model), [WEIGHTS]: weights.bytes() }
}
