import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { type Rows, rowOf } from '../data/sparse-rows.js'
import { byScores, type Ranker } from './baselines.js'

/** The largest number of users whose matrix is inverted: the time grows with its cube. */
export const MOST_USERS = 2_000

const LAMBDA = 200

/**
 * EASE on likes, X [users, items] of ones: P = (XᵀX + λI)⁻¹, B = I − P / diag(P), a history h scores h·B. Steck, "Embarrassingly
 * Shallow Autoencoders for Sparse Data" (2019), https://arxiv.org/abs/1905.03375. With M = (XXᵀ + λI)⁻¹ it is
 * P = (I − XᵀMX) / λ, so that only a matrix [users, users] has to be inverted.
 *
 * @param byUser who likes what, of users who like something  @param byItem the same by item
 * @param like a rating of at least this is a like
 */
export function ease(byUser: Rows, byItem: Rows, like: number): Ranker {
  const items = byItem.offsets.length - 1
  const users = [...byUser.offsets.keys()].filter(user => byUser.offsets[user + 1] > byUser.offsets[user])
  const place = new Map(users.map((user, at) => [user, at]))
  const M = inverse(users, byUser, byItem, place)
  const n = users.length
  const likers = Array.from({ length: items }, (_, item) => Int32Array.from(rowOf(byItem, item), user => place.get(user) as number))

  // P is scaled by λ here, which cancels out
  const diagonal = Float64Array.from(likers, mine => {
    let sum = 0
    for (const u of mine) for (const v of mine) sum += M[u * n + v]
    return 1 - sum
  })
  const likes = Int32Array.from(likers, ({ length }) => length)
  return byScores(likes, ({ history }) => {
    const shared = new Float64Array(n)
    for (const { item, rating } of history) if (rating >= like) for (const u of likers[item]) shared[u]++
    const weights = new Float64Array(n)
    for (let u = 0; u < n; u++) if (shared[u] > 0) for (let v = 0; v < n; v++) weights[v] += shared[u] * M[u * n + v]
    return Float64Array.from(likers, (mine, item) => {
      let sum = 0
      for (const u of mine) sum += weights[u]
      return sum / diagonal[item]
    })
  })
}

/** (XXᵀ + λI)⁻¹, [users × users]. */
function inverse(users: number[], byUser: Rows, byItem: Rows, place: Map<number, number>): Float64Array {
  const gram = Matrix.eye(users.length).mul(LAMBDA)
  for (const [u, user] of users.entries()) {
    const row = new Float64Array(users.length)
    for (const item of rowOf(byUser, user)) for (const other of rowOf(byItem, item)) row[place.get(other) as number]++
    for (let v = 0; v < row.length; v++) gram.set(u, v, gram.get(u, v) + row[v])
  }
  return Float64Array.from(new CholeskyDecomposition(gram).solve(Matrix.eye(users.length)).to1DArray())
}
