import { fromBinary } from '@bufbuild/protobuf'
import { type GraphProto, ModelProtoSchema, type TensorProto } from '../export/onnx_pb.js'

/** The graph as its file has it, without its weights: names and shapes of what it takes. */
export interface GraphFile {
  /** files beside it that hold its weights */
  weights: string[]
  /** the only length of a history that it takes; undefined if it takes any */
  width?: number
  takesWeights: boolean
}

/** @throws Error when the bytes are no ONNX graph */
export function readGraphFile(bytes: Uint8Array): GraphFile {
  const { graph, functions } = fromBinary(ModelProtoSchema, bytes)
  if (!graph) throw new Error('expected an ONNX model with a graph')
  const tensors = [...tensorsOf(graph), ...functions.flatMap(({ node }) => node.flatMap(tensorsOfNode))]
  const locations = tensors.flatMap(({ externalData }) => externalData.flatMap(({ key, value }) => (key === 'location' ? [value] : [])))
  const history = graph.input.find(({ name }) => name === 'history')?.type?.value
  const length = history?.case === 'tensorType' ? history.value.shape?.dim[1]?.value : undefined
  return {
    weights: [...new Set(locations)],
    ...(length?.case === 'dimValue' && { width: Number(length.value) }),
    takesWeights: graph.input.some(({ name }) => name === 'weights')
  }
}

/** All tensors of a graph, and of the branches inside it. */
const tensorsOf = ({ initializer, node }: GraphProto): TensorProto[] => [...initializer, ...node.flatMap(tensorsOfNode)]

const tensorsOfNode = ({ attribute }: GraphProto['node'][number]): TensorProto[] =>
  attribute.flatMap(({ t, g, tensors, graphs }) => [
    ...(t ? [t] : []),
    ...tensors,
    ...(g ? tensorsOf(g) : []),
    ...graphs.flatMap(tensorsOf)
  ])
