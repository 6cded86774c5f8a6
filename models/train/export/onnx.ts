import { type MessageInitShape } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema
} from './onnx_pb.js'

/**
 * The parts of an ONNX graph, as its protobuf has them: https://onnx.ai/onnx/repo-docs/IR.html. onnx_pb.ts is generated
 * from onnx.proto, which the PyPI package onnx 1.23.2 ships; `npm run generate` writes it again.
 */
export type Graph = MessageInitShape<typeof GraphProtoSchema>
/** What may be added to a graph. */
export type Part = Required<Pick<Graph, 'initializer' | 'node' | 'output'>>
export type Node = MessageInitShape<typeof NodeProtoSchema>
export type Tensor = MessageInitShape<typeof TensorProtoSchema>
export type Attribute = MessageInitShape<typeof AttributeProtoSchema>

export function value(name: string, elemType: DataType, dims: (string | number)[]): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map(dim => ({
    value: typeof dim === 'string' ? { case: 'dimParam' as const, value: dim } : { case: 'dimValue' as const, value: BigInt(dim) }
  }))
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } }
}

export function node(opType: string, input: string[], output: string[], ...attribute: Attribute[]): Node {
  return { opType, name: output[0], input, output, attribute }
}

export function int(name: string, i: number): Attribute {
  return { name, type: AttributeType.INT, i: BigInt(i) }
}

export function axes(name: string, ints: number[]): Attribute {
  return { name, type: AttributeType.INTS, ints: ints.map(BigInt) }
}

export function real(name: string, f: number): Attribute {
  return { name, type: AttributeType.FLOAT, f }
}

export function text(name: string, s: string): Attribute {
  return { name, type: AttributeType.STRING, s: Buffer.from(s) }
}

/** A branch of an `If`: it sees every name of the graph around it. */
export function branch(name: string, g: Graph): Attribute {
  return { name, type: AttributeType.GRAPH, g }
}

/** A small constant, [] or [length]. */
export function floats(name: string, values: number | number[]): Tensor {
  return { name, dataType: DataType.FLOAT, dims: dims(values), floatData: [values].flat() }
}

export function ints(name: string, values: number | number[]): Tensor {
  return { name, dataType: DataType.INT32, dims: dims(values), int32Data: [values].flat() }
}

export function longs(name: string, values: number | number[]): Tensor {
  return { name, dataType: DataType.INT64, dims: dims(values), int64Data: [values].flat().map(BigInt) }
}

const dims = (values: number | number[]): bigint[] => (typeof values === 'number' ? [] : [BigInt(values.length)])

/** The file of a graph's weights. It is mapped into memory, not parsed, and processes share it. */
export class Weights {
  readonly #parts: (Float32Array | Int32Array)[] = []
  #length = 0

  /** @param location the file's name */
  constructor(readonly location: string) {}

  /** Appends weights, in parts, as a tensor of the shape `dims`. */
  add(name: string, dims: number[], ...parts: Float32Array[]): Tensor {
    return this.at(this.#append(parts), name, dims)
  }

  /** The same of 32-bit integers. */
  addInts(name: string, dims: number[], ...parts: Int32Array[]): Tensor {
    return { ...this.at(this.#append(parts), name, dims), dataType: DataType.INT32 }
  }

  #append(parts: (Float32Array | Int32Array)[]): number {
    const offset = this.#length
    for (const part of parts) this.#parts.push(part)
    this.#length += parts.reduce((sum, part) => sum + part.byteLength, 0)
    return offset
  }

  /** A tensor over weights that are in the file already, from the byte `offset` on. No copy. */
  at(offset: number, name: string, dims: number[]): Tensor {
    const length = dims.reduce((product, dim) => product * dim, Float32Array.BYTES_PER_ELEMENT)
    return {
      name,
      dataType: DataType.FLOAT,
      dims: dims.map(BigInt),
      dataLocation: DataLocation.EXTERNAL,
      externalData: Object.entries({ location: this.location, offset, length }).map(([key, value]) => ({ key, value: String(value) }))
    }
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length)
    let offset = 0
    for (const part of this.#parts) {
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset)
      offset += part.byteLength
    }
    return bytes
  }
}
