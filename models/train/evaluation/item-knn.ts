import { type Rows, rowOf } from '../data/sparse-rows.js'
import { byScores, greatest, type Ranker } from './baselines.js'

const NEIGHBOURS = 50
const SHRINK = 20

/**
 * Neighbours by cosine, shrunk: likeness of i and j = likers of both / (√(likers of i · likers of j) + 20). An item's score is
 * the sum of its likeness to the liked items that are among its 50 nearest.
 *
 * @param like a rating of at least this is a like
 */
export function itemKnn(byUser: Rows, byItem: Rows, like: number): Ranker {
  const items = byItem.offsets.length - 1
  const likes = Int32Array.from({ length: items }, (_, item) => rowOf(byItem, item).length)
  /** by item i: the items j that have i among their nearest, and their likeness */
  const nearTo: { item: number; likeness: number }[][] = Array.from({ length: items }, () => [])
  const likeness = new Float64Array(items)
  for (let item = 0; item < items; item++) {
    likeness.fill(0)
    for (const user of rowOf(byItem, item)) for (const other of rowOf(byUser, user)) likeness[other]++
    for (let other = 0; other < items; other++) {
      if (likeness[other] > 0) likeness[other] /= Math.sqrt(likes[item] * likes[other]) + SHRINK
    }
    const nearest = greatest(likeness, NEIGHBOURS, other => other !== item && likeness[other] > 0)
    for (const other of nearest) nearTo[other].push({ item, likeness: likeness[other] })
  }
  return byScores(likes, ({ history }) => {
    const scores = new Float64Array(items)
    for (const { item, rating } of history) if (rating >= like) for (const near of nearTo[item]) scores[near.item] += near.likeness
    return scores
  })
}
