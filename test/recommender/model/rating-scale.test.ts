import t from 'tap'
import { ratingScale } from '../../../src/recommender/model/rating-scale.js'

const ratings = [
  { value: 1, weight: -0.5 },
  { value: 3, weight: 0 },
  { value: 5, weight: 1.5 }
]

t.test('a rating weighs what the manifest says, and one in between what lies in between', t => {
  const { least, greatest, weights, weightOf } = ratingScale({ ratings, liked: 4 }, true)
  t.same([least, greatest], [1, 5])
  t.same([...weights], [-0.5, 0, 1.5])
  t.same([1, 1.5, 2, 3, 4, 4.5, 5].map(weightOf), [-0.5, -0.375, -0.25, 0, 0.75, 1.125, 1.5])
  t.end()
})

t.test('without a rating, a movie weighs as the lowest rating that is a like, or the highest if none is', t => {
  for (const [liked, weight] of [
    [2, 0],
    [3, 0],
    [4, 1.5],
    [5, 1.5],
    [6, 1.5]
  ])
    // prettier-ignore
    t.equal(ratingScale({ ratings, liked }, true).weightOf(), weight, `liked from ${liked} on`)
  t.end()
})

t.test('for a graph without weights, every like counts the same and nothing else counts', t => {
  const { weights, weightOf } = ratingScale({ ratings, liked: 4 }, false)
  t.same([...weights], [0, 0, 1])
  t.same([1, 3.9, 4, 5].map(weightOf), [0, 0, 1, 1])
  t.equal(weightOf(), 1)
  t.end()
})
