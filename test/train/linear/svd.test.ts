import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import t from 'tap'
import { transpose, type WeightedRows } from '../../../models/train/data/sparse-rows.js'
import { cut, mix } from '../../../models/train/model/side-by-side.js'
import { type Dense, gramOf, times } from '../../../models/train/linear/dense.js'
import { squareAt, truncatedSvd } from '../../../models/train/linear/svd.js'
import { weightRows } from '../../../models/train/model/rating-weights.js'
import { denseOf, normalFrom, someRated } from '../../fixtures/ratings.js'

const rated = someRated()
const x = weightRows(rated.items, rated.codes, [0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.5, 1, 1.2, 1.5], 0.2)
const xt = transpose(x, 60)
const X = new Matrix(denseOf(x, 60))

const matrixOf = ({ values, d }: Dense): Matrix => Matrix.from1DArray(values.length / d, d, values)
const furthest = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).abs().max()

t.test('transposed, rows are columns', async t => {
  t.same(denseOf(xt, 40), X.transpose().to2DArray())
})

t.test('a full decomposition agrees on the leading singular directions', async t => {
  const { squares, right } = await truncatedSvd(x, xt, 8, normalFrom(1), 1, 8)
  const full = new SingularValueDecomposition(X, { autoTranspose: true })
  for (const [k, square] of squares.entries())
    t.ok(Math.abs(square / full.diagonal[k] ** 2 - 1) < 1e-5, `σ²${k}: ${square} and ${full.diagonal[k] ** 2}`)
  // a direction may be turned round, what it projects on may not
  const V = matrixOf(right)
  const W = full.rightSingularVectors.subMatrixColumn([0, 1, 2, 3, 4, 5, 6, 7])
  t.ok(furthest(V.mmul(V.transpose()), W.mmul(W.transpose())) < 1e-3)
})

t.test('the same seed gives the same bytes, whatever the number of threads; another seed gives others', async t => {
  const one = await truncatedSvd(x, xt, 4, normalFrom(1), 1)
  t.same(await truncatedSvd(x, xt, 4, normalFrom(1), 3), one)
  t.notSame((await truncatedSvd(x, xt, 4, normalFrom(2), 1)).right.values, one.right.values)
})

t.test('a rank that the matrix does not have is filled up with zeros', async t => {
  // user 0 and user 1 rate the same, user 2 nothing
  const low: WeightedRows = { offsets: Int32Array.of(0, 2, 4, 4), values: Int32Array.of(0, 2, 0, 2), weights: Float32Array.of(1, 2, 1, 2) }
  const { squares, right } = await truncatedSvd(low, transpose(low, 4), 3, normalFrom(1))
  t.ok(Math.abs(squares[0] - 10) < 1e-5)
  t.same([...squares.slice(1)], [0, 0])
  t.ok(right.values.every(Number.isFinite))
  for (const [at, value] of right.values.entries()) if (at % 3 > 0) t.equal(value, 0)
})

t.test('products of dense rows are those of a plain multiplication, with any width', async t => {
  const draw = normalFrom(5)
  for (const [rows, d, width] of [
    [7, 5, 3],
    [4, 8, 4],
    [9, 6, 11]
  ]) // prettier-ignore
  {
      const rows_: Dense = { values: Float32Array.from({ length: rows * d }, draw), d }
      const Y = matrixOf(rows_)
      t.ok(furthest(Matrix.from1DArray(d, d, gramOf(rows_)), Y.transpose().mmul(Y)) < 1e-5)
      const M = Matrix.from1DArray(d, width, Array.from({ length: d * width }, draw))
      t.ok(furthest(matrixOf(times(rows_, M)), Y.mmul(M)) < 1e-5)
    }
})

t.test('side by side, two models score by the weighted sum of their kernels, brought to the same size', async t => {
  const draw = normalFrom(9)
  const a: Dense = { values: Float32Array.from({ length: 30 }, draw), d: 3 }
  const b: Dense = { values: Float32Array.from({ length: 50 }, () => 7 * draw()), d: 5 }
  const kernel = (rows: Dense): Matrix => matrixOf(rows).mmul(matrixOf(rows).transpose())
  const unit = (rows: Dense): Matrix => Matrix.div(kernel(rows), kernel(rows).norm())
  const both = kernel(mix(a, b, 0.3))
  t.ok(furthest(both, Matrix.add(unit(a).mul(0.3), unit(b).mul(0.7))) < 1e-6)
  t.equal(mix(a, b, 1).d, 3)
  t.equal(mix(a, b, 0).d, 5)
})

t.test('cut to d columns, the kernel is the nearest that so many columns can make', async t => {
  const draw = normalFrom(11)
  const rows: Dense = { values: Float32Array.from({ length: 60 }, draw), d: 6 }
  const Y = matrixOf(rows)
  const { leftSingularVectors: U, diagonal } = new SingularValueDecomposition(Y)
  const three = U.subMatrixColumn([0, 1, 2]).mmul(Matrix.diag(diagonal.slice(0, 3)))
  const left = matrixOf(cut(rows, 3))
  t.ok(furthest(left.mmul(left.transpose()), three.mmul(three.transpose())) < 1e-4)
  t.equal(cut(rows, 10).d, 6, 'there is nothing to cut')
})

t.test('a rank may lie between two; one that is not there counts as the last', async t => {
  const squares = Float64Array.of(16, 4, 1, 0)
  t.equal(squareAt(squares, 1), 16)
  t.equal(squareAt(squares, 1.5), 8)
  t.equal(squareAt(squares, 3), 1)
  t.equal(squareAt(squares, 3.7), 1)
  t.equal(squareAt(squares, 9), 1)
  t.equal(squareAt(new Float64Array(3), 1), 1, 'where there is nothing, any will do')
})
