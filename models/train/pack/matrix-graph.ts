import { GRAPH } from '../../../src/recommender/model/files.js'
import type { WeightedRows } from '../data/sparse-rows.js'
import { fade, FADE_CONSTANTS } from '../export/fade.js'
import { CONSTANTS, HISTORY, modelBytes, RANK, WEIGHTS } from '../export/graph.js'
import { floats, int, longs, node, type Node, type Tensor, text, value, Weights } from '../export/onnx.js'
import { TensorProto_DataType as DataType } from '../export/onnx_pb.js'
import type { ItemMatrix } from './item-matrix.js'

/** A sparse matrix of which a row has more than this share of all columns is smaller written out. */
const DENSE = 1 / 3

/**
 * A graph that adds the rows of an item-item matrix B, and the popularity prior p where nothing else decides:
 *
 *     history ─ Gather(B) ─ × weights, sum ─ + fade · p ─ ScatterElements(-∞ at exclude) ─ TopK ─ items, scores
 *
 * Of a sparse matrix, a row is its columns and their values, padded to the longest; they are added where they belong:
 *
 *     history ─┬ Gather(columns) ────────────┐
 *              └ Gather(values) ─ × weights ─┴ ScatterElements(add) ─ + fade · p ─ …
 *
 * @param popularity [items]
 * @returns the files of the graph, as bytes
 */
export function matrixGraph(matrix: ItemMatrix, popularity: Float32Array): Record<string, Uint8Array> {
  const { items } = matrix
  const weights = new Weights(WEIGHTS)
  const prior = weights.add('p', [items + 1], popularity, Float32Array.of(-Infinity))
  const { initializer, sum } = 'dense' in matrix ? denseSum(matrix.dense, items, weights) : sparseSum(matrix.sparse, items, weights)
  const graph = {
    name: 'item-item matrix',
    input: [...HISTORY, value('exclude', DataType.INT64, ['batch', 'm']), value('k', DataType.INT64, [1])],
    output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k'])],
    initializer: [prior, ...initializer, ...CONSTANTS, ...FADE_CONSTANTS],
    node: [
      node('Unsqueeze', ['weights', 'axis1'], ['rowWeights']),
      ...sum,
      ...fade(AT_ONCE),
      node('Mul', ['fade', 'p'], ['prior']),
      node('Add', ['sum', 'prior'], ['all']),
      ...RANK
    ]
  }
  return { [GRAPH]: modelBytes(graph), [WEIGHTS]: weights.bytes() }
}

/** The prior is gone with the first entry of a history, all but what breaks ties. */
export const AT_ONCE = 1e6

interface Sum {
  initializer: Tensor[]
  /** from `history`, `weights` and `rowWeights` to `sum` [batch, items + 1] */
  sum: Node[]
}

/** B with a column and a row of zeros for "no item". */
function denseSum(values: Float32Array, items: number, weights: Weights): Sum {
  const zero = new Float32Array(1)
  const rows = Array.from({ length: items }, (_, row) => [values.subarray(row * items, (row + 1) * items), zero])
  return {
    initializer: [weights.add('B', [items + 1, items + 1], ...rows.flat(), new Float32Array(items + 1))],
    sum: [
      node('Gather', ['B', 'history'], ['rated']),
      node('MatMul', ['rowWeights', 'rated'], ['sums']),
      node('Squeeze', ['sums', 'axis1'], ['sum'])
    ]
  }
}

function sparseSum(rows: WeightedRows, items: number, weights: Weights): Sum {
  const { offsets, values, weights: entries } = rows
  const width = offsets.reduce((most, end, row) => Math.max(most, row === 0 ? 1 : end - offsets[row - 1]), 1)
  if (width > items * DENSE) return denseSum(writtenOut(rows, items), items, weights)
  const columns = new Int32Array((items + 1) * width).fill(items)
  const padded = new Float32Array((items + 1) * width)
  for (let row = 0; row < items; row++) {
    columns.set(values.subarray(offsets[row], offsets[row + 1]), row * width)
    padded.set(entries.subarray(offsets[row], offsets[row + 1]), row * width)
  }
  return {
    initializer: [
      weights.addInts('columns', [items + 1, width], columns),
      weights.add('values', [items + 1, width], padded),
      longs('flat', [0, -1]),
      longs('size', [items + 1]),
      floats('zero', [0])
    ],
    sum: [
      node('Gather', ['columns', 'history'], ['columnsOfEach']),
      node('Reshape', ['columnsOfEach', 'flat'], ['places']),
      node('Gather', ['values', 'history'], ['valuesOfEach']),
      node('Unsqueeze', ['weights', 'two'], ['weightOfEach']),
      node('Mul', ['valuesOfEach', 'weightOfEach'], ['weighted']),
      node('Reshape', ['weighted', 'flat'], ['additions']),
      node('Shape', ['history'], ['batch'], int('end', 1)),
      node('Concat', ['batch', 'size'], ['shape'], int('axis', 0)),
      node('Expand', ['zero', 'shape'], ['zeros']),
      node('ScatterElements', ['zeros', 'places', 'additions'], ['sum'], int('axis', 1), text('reduction', 'add'))
    ]
  }
}

function writtenOut({ offsets, values, weights }: WeightedRows, items: number): Float32Array {
  const dense = new Float32Array(items * items)
  for (let row = 0; row < items; row++)
    for (let at = offsets[row]; at < offsets[row + 1]; at++) dense[row * items + values[at]] += weights[at]
  return dense
}
