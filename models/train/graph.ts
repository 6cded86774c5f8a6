import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema
} from 'onnx-buf'
import type { Factors } from './fit.js'

/** The file beside the graph that holds its weights: mapped into memory, not parsed, and shared by processes. */
export const WEIGHTS = 'weights.bin'

/**
 * Writes the graph of the model contract:
 *
 *     history ─ Gather ─ MatMul(ones) ─ MatMul(W) ─ Gemm(Yᵀ, + b) ─ ScatterElements(-∞ at exclude) ─ TopK ─ items, scores
 *
 * `Y` has one row more than there are items. It is all zeros and stands for "no item", with which histories are
 * padded; its prior is -∞, so nobody is ever offered it.
 *
 * @returns the two files of the graph, as bytes
 */
export function graph({ items, dimensions: d, factors, foldIn, popularity }: Factors): Record<string, Uint8Array> {
  const weights: Float32Array[] = []
  let offset = 0
  const external = (name: string, dims: number[], ...parts: Float32Array[]): Tensor => {
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0)
    const tensor: Tensor = {
      name,
      dataType: DataType.FLOAT,
      dims: dims.map(BigInt),
      dataLocation: DataLocation.EXTERNAL,
      externalData: Object.entries({ location: WEIGHTS, offset, length }).map(([key, value]) => ({ key, value: String(value) }))
    }
    weights.push(...parts)
    offset += length
    return tensor
  }

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
      output: [value('items', DataType.INT32, ['batch', 'k']), value('scores', DataType.FLOAT, ['batch', 'k'])],
      initializer: [
        external('Y', [items + 1, d], factors, new Float32Array(d)),
        external('W', [d, d], foldIn),
        external('b', [items + 1], popularity, Float32Array.of(-Infinity)),
        { name: 'one', dataType: DataType.FLOAT, dims: [], floatData: [1] },
        { name: 'never', dataType: DataType.FLOAT, dims: [], floatData: [-Infinity] }
      ],
      node: [
        node('Gather', ['Y', 'history'], ['liked']),
        node('Shape', ['history'], ['l'], int('start', 1)),
        node('Expand', ['one', 'l'], ['ones']),
        node('MatMul', ['ones', 'liked'], ['sum']),
        node('MatMul', ['sum', 'W'], ['user']),
        node('Gemm', ['user', 'Y', 'b'], ['all'], int('transB', 1)),
        node('Shape', ['exclude'], ['excluded']),
        node('Expand', ['never', 'excluded'], ['nevers']),
        node('ScatterElements', ['all', 'exclude', 'nevers'], ['left'], int('axis', 1)),
        node('TopK', ['left', 'k'], ['scores', 'rows']),
        node('Cast', ['rows'], ['items'], int('to', DataType.INT32))
      ]
    }
  })
  return { 'model.onnx': toBinary(ModelProtoSchema, model), [WEIGHTS]: joined(weights, offset) }
}

type Tensor = MessageInitShape<typeof TensorProtoSchema>

function value(name: string, elemType: DataType, dims: (string | number)[]): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map(dim => ({
    value: typeof dim === 'string' ? { case: 'dimParam' as const, value: dim } : { case: 'dimValue' as const, value: BigInt(dim) }
  }))
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } }
}

function node(
  opType: string,
  input: string[],
  output: string[],
  ...attribute: MessageInitShape<typeof AttributeProtoSchema>[]
): MessageInitShape<typeof NodeProtoSchema> {
  return { opType, name: output[0], input, output, attribute }
}

function int(name: string, i: number): MessageInitShape<typeof AttributeProtoSchema> {
  return { name, type: AttributeType.INT, i: BigInt(i) }
}

function joined(parts: Float32Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset)
    offset += part.byteLength
  }
  return bytes
}
