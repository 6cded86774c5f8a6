import { create, toBinary } from '@bufbuild/protobuf'
import { GRAPH, SCORE_GRAPH, SIMILAR_GRAPH } from '../../../src/recommender/model/files.js'
import { type BlockEnds, earlyStop } from './early-stop.js'
import type { Factors } from './factors.js'
import { fade, FADE_CONSTANTS } from './fade.js'
import { axes, floats, type Graph, int, longs, node, type Node, type Part, type Tensor, value, Weights } from './onnx.js'
import { TensorProto_DataType as DataType, ModelProtoSchema } from './onnx_pb.js'

/** The file of the graphs' weights. */
export const WEIGHTS = 'weights.bin'

/**
 * Writes the graphs of the model contract, over the same file of weights: one that recommends, one that scores given items, and,
 * where there is a matrix made for likeness, one that recommends by that.
 *
 * @param blockEnds where the blocks end that are scored one after the other, as early-stop.ts shows. None: all items are scored for
 *   everybody.
 * @param likeness rows for which a dot product says how alike two items are; without them the factors have to do
 * @returns the files of the graphs, as bytes
 */
export function graph(factors: Factors, blockEnds?: BlockEnds, likeness?: Factors): Record<string, Uint8Array> {
  const weights = new Weights(WEIGHTS)
  // Y comes first: the blocks are parts of it.
  const tensors = tensorsOf(factors, weights)
  const files: Record<string, Uint8Array> = { [GRAPH]: modelBytes(recommendGraph(factors, tensors, weights, blockEnds)) }
  const alike = likeness && tensorsOf(likeness, weights)
  if (likeness && alike) files[SIMILAR_GRAPH] = modelBytes(recommendGraph(likeness, alike, weights))
  files[SCORE_GRAPH] = modelBytes(scoreGraph(factors, tensors, alike ?? tensors))
  return { ...files, [WEIGHTS]: weights.bytes() }
}

/** Y and p. Y has one row more than there are items: zeros, which mean "no item". Its prior is -∞, so it is never recommended. */
interface Tensors {
  Y: Tensor
  p: Tensor
}

const tensorsOf = ({ items, dimensions: d, factors, popularity }: Factors, weights: Weights): Tensors => ({
  Y: weights.add('Y', [items + 1, d], factors, new Float32Array(d)),
  p: weights.add('p', [items + 1], popularity, Float32Array.of(-Infinity))
})

/**
 *     history ─ Gather(Y) ─ × weights, sum ─ Gemm(Yᵀ, + fade · p) ─ ScatterElements(-∞ at exclude) ─ TopK ─ items, scores
 *
 * `fade` is how much the popularity prior p still counts (fade.ts).
 */
function recommendGraph(factors: Factors, { Y, p }: Tensors, weights: Weights, blockEnds?: BlockEnds): Graph {
  const best: Part = blockEnds ? earlyStop(factors, blockEnds, weights) : { initializer: [p], node: SCORE_ALL, output: [] }
  return {
    name: 'recommend',
    input: [...HISTORY, value('exclude', DataType.INT64, ['batch', 'm']), value('k', DataType.INT64, [1])],
    output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k']), ...best.output],
    initializer: [Y, ...CONSTANTS, ...FADE_CONSTANTS, ...best.initializer],
    node: [...USER, ...fade(factors.fade), ...best.node]
  }
}

/**
 *     history ─── Gather(Y) ─ × weights ─┐
 *                                        MatMul ─ contributions ─ sum ─ + fade · p ─ scores
 *     candidates ─ Gather(Y), transposed ┘
 *
 * A contribution is what one entry of the history adds to the score of one candidate. How alike two candidates are is the
 * cosine of their rows.
 */
const scoreGraph = (factors: Factors, { Y, p }: Tensors, { Y: Z }: Tensors): Graph => ({
  name: 'score',
  input: [...HISTORY, value('candidates', DataType.INT64, ['batch', 'n'])],
  output: [
    value('scores', DataType.FLOAT, ['batch', 'n']),
    value('contributions', DataType.FLOAT, ['batch', 'l', 'n']),
    value('likeness', DataType.FLOAT, ['batch', 'n', 'n'])
  ],
  initializer: [Y, p, { ...Z, name: 'Z' }, floats('tiny', 1e-30), ...CONSTANTS, ...FADE_CONSTANTS],
  node: [
    node('Gather', ['Y', 'history'], ['rated']),
    node('Unsqueeze', ['weights', 'axis1'], ['rowWeights']),
    ...fade(factors.fade),
    node('Mul', ['rated', 'columnWeights'], ['weighted']),
    ...transposed('Y', 'offered'),
    node('MatMul', ['weighted', 'offeredT'], ['contributions']),
    node('ReduceSum', ['contributions', 'axis1'], ['taste'], int('keepdims', 0)),
    node('Gather', ['p', 'candidates'], ['popularity']),
    node('Mul', ['fade', 'popularity'], ['prior']),
    node('Add', ['taste', 'prior'], ['scores']),
    ...transposed('Z', 'alike'),
    node('MatMul', ['alike', 'alikeT'], ['products']),
    node('ReduceL2', ['alike', 'two'], ['lengths']),
    node('Max', ['lengths', 'tiny'], ['columnLengths']),
    node('Transpose', ['columnLengths'], ['rowLengths'], axes('perm', [0, 2, 1])),
    node('Div', ['products', 'columnLengths'], ['halfway']),
    node('Div', ['halfway', 'rowLengths'], ['likeness'])
  ]
})

/** The rows of the candidates, [batch, n, d], and [batch, d, n]. */
const transposed = (matrix: string, name: string): Node[] => [
  node('Gather', [matrix, 'candidates'], [name]),
  node('Transpose', [name], [`${name}T`], axes('perm', [0, 2, 1]))
]

export const HISTORY = [value('history', DataType.INT64, ['batch', 'l']), value('weights', DataType.FLOAT, ['batch', 'l'])]

/** From `history` and `weights`, both [batch, l], to `user` [batch, d]. */
const USER: Node[] = [
  node('Gather', ['Y', 'history'], ['rated']),
  node('Unsqueeze', ['weights', 'axis1'], ['rowWeights']),
  node('MatMul', ['rowWeights', 'rated'], ['sum']),
  node('Squeeze', ['sum', 'axis1'], ['user'])
]

/** From `all` [batch, items + 1] and `exclude` and `k` to `items` and `scores`. */
export const RANK: Node[] = [
  node('Shape', ['exclude'], ['excluded']),
  node('Expand', ['never', 'excluded'], ['nevers']),
  node('ScatterElements', ['all', 'exclude', 'nevers'], ['left'], int('axis', 1)),
  node('TopK', ['left', 'k'], ['scores', 'rows']),
  node('Cast', ['rows'], ['items'], int('to', DataType.INT32))
]

/** From `user`, `exclude` and `k` to `items` and `scores`. */
const SCORE_ALL: Node[] = [node('Mul', ['fade', 'p'], ['prior']), node('Gemm', ['user', 'Y', 'prior'], ['all'], int('transB', 1)), ...RANK]

export const CONSTANTS: Tensor[] = [floats('never', -Infinity), longs('axis1', [1]), longs('two', [2])]

export const modelBytes = (graph: Graph): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 10n, opsetImport: [{ domain: '', version: 21n }], producerName: 'movie-recommender', graph })
  )
