import t from 'tap'
import { above, greatest, normsOf, slack } from '../../../models/train/export/bounds.js'
import { earlyStop } from '../../../models/train/export/early-stop.js'
import { value, Weights } from '../../../models/train/export/onnx.js'
import { TensorProto_DataType as DataType } from '../../../models/train/export/onnx_pb.js'

t.test('a bound is a float32, the same number or the next above, and never below', t => {
  for (const value of [0.5, 1, 3]) t.equal(above(value), value, `${value} is one`)
  // 0.1 is rounded up to one, 0.7 down.
  for (const value of [0.1, 0.7]) {
    const bound = above(value)
    t.equal(Math.fround(bound), bound)
    t.ok(bound > value && bound < value * (1 + 2 ** -22), `${value}: ${bound}`)
  }
  t.end()
})

t.test('norms are lengths of rows, and the greatest is looked for from a row on', t => {
  t.same([...normsOf(Float32Array.of(3, 4, 0, 0, 0, -2), 2)], [5, 0, 2])
  t.equal(greatest([5, 1, 2], 0), 5)
  t.equal(greatest([5, 1, 2], 1), 2)
  t.equal(greatest([5, 1, 2], 2), 2)
  t.end()
})

t.test('what bounds the rows after a block is wider than the rounding of a product can be off', t => {
  // 64 products, each off by half a unit of the last place, and the length of the user by half as much again
  const off = 1 + 1.5 * 64 * 2 ** -24
  t.ok(slack(64) > off, `${slack(64)}`)
  const factors = { items: 3, dimensions: 1, factors: Float32Array.of(4, 2, 1), popularity: Float32Array.of(0.1, 0.5, 0.25), fade: 1 }
  const { initializer, output } = earlyStop(factors, { short: [1, 2, 3], long: [1, 3] }, new Weights('weights.bin'))
  const bound = (name: string): number => initializer.find(tensor => tensor.name === name)?.floatData?.[0] ?? Number.NaN
  for (const [name, greatest] of Object.entries({ longnorm0: 2, longmost0: 0.5 })) {
    t.ok(bound(name) > greatest * (1 + 2 ** -24), `${name}: ${bound(name)}`)
    t.ok(bound(name) < greatest * 1.00001, `${name} is no wider than it has to be: ${bound(name)}`)
  }
  t.notMatch(initializer.map(({ name }) => name).join(' '), /longnorm1|shortnorm2/, 'no rows come after the last block')
  t.same(output, [value('scored', DataType.INT32, ['batch'])], 'it says of each list how many rows were looked at')
  t.end()
})
