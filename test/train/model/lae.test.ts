import { inverse, Matrix } from 'ml-matrix'
import t from 'tap'
import { transpose } from '../../../models/train/data/sparse-rows.js'
import { truncatedSvd } from '../../../models/train/linear/svd.js'
import { laeRows } from '../../../models/train/model/lae.js'
import { weightRows } from '../../../models/train/model/rating-weights.js'
import { denseOf, normalFrom, someRated } from '../../fixtures/ratings.js'

t.test('a slow plain twin agrees: with all directions, LLᵀ is the ridge regression (XᵀX + λI)⁻¹XᵀX', async t => {
  const rated = someRated()
  const x = weightRows(rated.items, rated.codes, [0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.5, 1, 1, 1], 0.2)
  const lambda = 2.5
  const { values, d } = laeRows(await truncatedSvd(x, transpose(x, 60), 40, normalFrom(1), 1, 6), lambda)
  const L = Matrix.from1DArray(60, d, values)
  const X = new Matrix(denseOf(x, 60))
  const gram = X.transpose().mmul(X)
  const B = inverse(Matrix.add(gram, Matrix.eye(60).mul(lambda))).mmul(gram)
  const furthest = Matrix.sub(L.mmul(L.transpose()), B).abs().max()
  t.ok(furthest < 1e-5, `${furthest} apart`)
})
