import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import t from 'tap'
import { ratedOf } from '../../../models/train/data/rated.js'
import { likenessRows } from '../../../models/train/model/likeness.js'
import { normalFrom, someRatings } from '../../fixtures/ratings.js'

const ratings = someRatings()

/** X₁ above X₂, written out: who saw what, and how far each rating is from its user's mean. */
function plainMatrix(): Matrix {
  const X = Matrix.zeros(80, 60)
  const all = [...ratings.user.keys()]
  const byUser = Array.from({ length: 40 }, (_, user) => all.filter(i => ratings.user[i] === user))
  const seen = (i: number): number => (ratings.rating[i] >= 4 ? 1 : 0.7 + 0.6 * Math.max(0, ratings.rating[i] - 3.5))
  const sums = byUser.map(mine => mine.reduce((sum, i) => sum + seen(i), 0))
  const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanSum = meanOf(sums.filter(sum => sum > 0))
  const meanCount = meanOf(byUser.map(({ length }) => length).filter(length => length > 0))
  for (const [user, mine] of byUser.entries()) {
    const mean = meanOf(mine.map(i => ratings.rating[i]))
    for (const i of mine) {
      X.set(user, ratings.item[i], seen(i) * (sums[user] / meanSum) ** -0.2)
      X.set(40 + user, ratings.item[i], 0.6 * (ratings.rating[i] - mean) * (mine.length / meanCount) ** -0.2)
    }
  }
  return X
}

t.test('a slow plain twin agrees on the likeness of any two films', async t => {
  const { rightSingularVectors: V, diagonal } = new SingularValueDecomposition(plainMatrix(), { autoTranspose: true })
  const squares = diagonal.map(value => value ** 2)
  const z = V.subMatrix(0, 59, 0, 5)
  for (let k = 0; k < 6; k++) z.mulColumn(k, Math.sqrt(squares[k] / (squares[k] + squares[2])))
  const norms = Array.from({ length: 60 }, (_, item) => z.getRowVector(item).norm() ** 2)
  const median = norms.toSorted((a, b) => a - b)[30]
  for (const [item, norm] of norms.entries()) z.mulRow(item, (norm + 2 * median) ** -0.325)

  const { values, d } = await likenessRows(ratedOf(ratings, 4), 4, 6, 3, normalFrom(1), 1)
  const rows = Matrix.from1DArray(60, d, values)
  const furthest = Matrix.sub(rows.mmul(rows.transpose()), z.mmul(z.transpose())).abs().max()
  t.ok(furthest < 1e-2 * rows.mmul(rows.transpose()).max(), `${furthest} apart`)
})
