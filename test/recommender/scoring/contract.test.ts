import type { InferenceSession as Session } from 'onnxruntime-node'
import t from 'tap'
import { checkContract, widthOf } from '../../../src/recommender/scoring/contract.js'

type Shape = (string | number)[]

const tensor = (name: string, type: string, ...shape: Shape) => ({ name, type, shape, isTensor: true }) as Session.TensorValueMetadata
const noTensor = (name: string): Session.ValueMetadata => ({ name, isTensor: false })

const history = (...shape: Shape) => tensor('history', 'int64', ...shape)
const weights = (...shape: Shape) => tensor('weights', 'float32', ...shape)
const exclude = tensor('exclude', 'int64', 'batch', 'm')
const k = tensor('k', 'int64', 1)
const answer = [tensor('items', 'int32', 'batch', 'k'), tensor('scores', 'float32', 'batch', 'k')]

const check =
  (inputMetadata: Session.ValueMetadata[], outputMetadata: Session.ValueMetadata[] = answer, file = 'model.onnx', maxHistory?: number) =>
  () =>
    checkContract(file, { inputMetadata, outputMetadata }, maxHistory)

t.test('a size may have any name, or none', async t => {
  t.doesNotThrow(check([history('users', 'films'), exclude, k]))
  t.doesNotThrow(check([history(-1, -1), weights(-1, -1), tensor('exclude', 'int64', -1, -1), k]))
})

t.test('a graph is refused with what it takes, what is expected, and what to do about each value', async t => {
  for (const [inputs, remedy] of [
    [[exclude, k], 'history is missing'],
    [[noTensor('history'), exclude, k], 'history is no tensor'],
    [[history('batch'), exclude, k], 'history has 1 dimensions, 2 are needed'],
    [[history('batch', 'l', 'd'), exclude, k], 'history has 3 dimensions, 2 are needed'],
    [[history('batch', 0), exclude, k], 'history has 0 as its l, export that size as a dynamic one'],
    [[history('batch', 'l'), exclude, tensor('k', 'int64', 2)], 'k has to be of size 1']
  ] as const)
    t.throws(check([...inputs]), { message: new RegExp(`: ${remedy}$`) })
  t.throws(check([noTensor('history'), exclude, k]), {
    message: /^model\.onnx: expected a graph that takes history int64 \[batch, l\], .*; this one takes history, no tensor, exclude int64/
  })
})

t.test('a graph that takes histories of one length takes their weights of that length, and no other', async t => {
  t.doesNotThrow(check([history('batch', 3), weights('batch', 3), exclude, k], answer, 'model.onnx', 3))
  t.throws(check([history('batch', 3), weights('batch', 4), exclude, k], answer, 'model.onnx', 3), {
    message: /: weights has 4 as its l, export that size as a dynamic one$/
  })
})

t.test('the only length of a history is the second size of that input, in whatever place, if it is a number', async t => {
  const width = (...inputMetadata: Session.ValueMetadata[]) => widthOf({ inputMetadata })
  t.equal(width(tensor('exclude', 'int64', 'batch', 7), history('batch', 5)), 5)
  t.equal(width(history('batch', '12')), undefined, 'a name, though of digits')
  t.equal(width(history('batch', -1)), undefined)
})

t.test('score.onnx gives scores, and may give contributions and likeness', async t => {
  const inputs = [history('batch', 'l'), weights('batch', 'l'), tensor('candidates', 'int64', 'batch', 'n')]
  const scores = tensor('scores', 'float32', 'batch', 'n')
  const contributions = tensor('contributions', 'float32', 'batch', 'l', 'n')
  const likeness = tensor('likeness', 'float32', 'batch', 'n', 'n')
  for (const outputs of [[scores], [scores, contributions], [scores, contributions, likeness]])
    t.doesNotThrow(check(inputs, outputs, 'score.onnx'))
  t.throws(check([...inputs, k], [scores], 'score.onnx'), {
    message:
      /^score\.onnx: expected a graph that takes history int64 \[batch, l\], weights float32 \[batch, l\], candidates int64 \[batch, n\]; /
  })
  t.throws(check(inputs, [tensor('scores', 'double', 'batch', 'n'), contributions, likeness], 'score.onnx'), {
    message:
      /gives scores float32 \[batch, n\], contributions float32 \[batch, l, n\], likeness float32 \[batch, n, n\]; .*: scores is double, cast it to float32/
  })
})
