import { create, toBinary } from '@bufbuild/protobuf'
import { type BlockEnds, earlyStop } from './early-stop.js'
import type { Factors } from './factors.js'
import { fade, FADE_CONSTANTS } from './fade.js'
import { floats, type Graph, int, longs, node, type Node, type Tensor, value, Weights } from './onnx.js'
import { TensorProto_DataType as DataType, ModelProtoSchema } from './onnx_pb.js'

/** The file of the graph's weights. */
export const WEIGHTS = 'weights.bin'

/**
 * Writes the graph of the model contract:
 *
 *     history ─ Gather(Y) ─ × weights, sum ─ Gemm(Yᵀ, + fade · p) ─ ScatterElements(-∞ at exclude) ─ TopK ─ items, scores
 *
 * `Y` has one row more than there are items. It is all zeros and means "no item": histories are padded with it. Its
 * prior is -∞, so it is never recommended. `fade` is how much the popularity prior p still counts (fade.ts).
 *
 * @param blockEnds where the blocks end that are scored one after the other, as early-stop.ts shows. None: all items are scored for
 *   everybody.
 * @returns the two files of the graph, as bytes
 */
export function graph(factors: Factors, blockEnds?: BlockEnds): Record<string, Uint8Array> {
  const { items, dimensions: d, popularity } = factors
  const weights = new Weights(WEIGHTS)
  // Y comes first: the blocks are parts of it.
  const initializer = [weights.add('Y', [items + 1, d], factors.factors, new Float32Array(d)), ...CONSTANTS, ...FADE_CONSTANTS]
  const everything = (): Graph => ({
    initializer: [weights.add('p', [items + 1], popularity, Float32Array.of(-Infinity))],
    node: [
      node('Mul', ['fade', 'p'], ['prior']),
      node('Gemm', ['user', 'Y', 'prior'], ['all'], int('transB', 1)),
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
        value('weights', DataType.FLOAT, ['batch', 'l']),
        value('exclude', DataType.INT64, ['batch', 'm']),
        value('k', DataType.INT64, [1])
      ],
      output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k']), ...(best.output ?? [])],
      initializer: [...initializer, ...(best.initializer ?? [])],
      node: [...USER, ...fade(factors.fade), ...(best.node ?? [])]
    }
  })
  return { 'model.onnx': toBinary(ModelProtoSchema, model), [WEIGHTS]: weights.bytes() }
}

/** From `history` and `weights`, both [batch, l], to `user` [batch, d]. */
const USER: Node[] = [
  node('Gather', ['Y', 'history'], ['rated']),
  node('Unsqueeze', ['weights', 'axis1'], ['rowWeights']),
  node('MatMul', ['rowWeights', 'rated'], ['sum']),
  node('Squeeze', ['sum', 'axis1'], ['user'])
]

const CONSTANTS: Tensor[] = [floats('never', -Infinity), longs('axis1', [1]), longs('two', [2])]
