import t from 'tap'
import { text, Weights } from '../../../models/train/export/onnx.js'
import { AttributeProto_AttributeType as AttributeType, TensorProto_DataType as DataType } from '../../../models/train/export/onnx_pb.js'

t.test('a file of weights has parts one after the other, and each tensor says which of them are its own', t => {
  const weights = new Weights('weights.bin')
  const place = (offset: number, length: number): object[] => [
    { key: 'location', value: 'weights.bin' },
    { key: 'offset', value: `${offset}` },
    { key: 'length', value: `${length}` }
  ]
  const floats = weights.add('Y', [3, 1], Float32Array.of(1, 2), Float32Array.of(0))
  t.match(floats, { name: 'Y', dataType: DataType.FLOAT, dims: [3n, 1n], externalData: place(0, 12) })
  const whole = weights.addInts('columns', [2], Int32Array.of(7, 8))
  t.match(whole, { name: 'columns', dataType: DataType.INT32, dims: [2n], externalData: place(12, 8) })
  t.match(weights.at(4, 'middle', [1]), { dataType: DataType.FLOAT, dims: [1n], externalData: place(4, 4) }, 'no copy')
  const bytes = weights.bytes()
  t.same([...new Float32Array(bytes.buffer, 0, 3)], [1, 2, 0])
  t.same([...new Int32Array(bytes.buffer, 12)], [7, 8])
  t.end()
})

t.test('a text is an attribute in bytes', t => {
  t.same(text('reduction', 'add'), { name: 'reduction', type: AttributeType.STRING, s: Buffer.from('add') })
  t.end()
})
