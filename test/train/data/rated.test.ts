import t from 'tap'
import { likeCounts, ofLikedItems, ratedOf } from '../../../models/train/data/rated.js'
import type { Ratings } from '../../../models/train/data/ratings.js'
import { rowOf } from '../../../models/train/data/sparse-rows.js'

/** Ann loves 10 and 30 and rates 20 low; Bob rates 20 lower and 30 between. Nobody likes 20. */
const ratings: Ratings = {
  userIds: ['Ann', 'Bob'],
  movieIds: ['10', '20', '30'],
  user: Int32Array.of(0, 0, 1, 0, 1),
  item: Int32Array.of(2, 1, 2, 0, 1),
  rating: Float32Array.of(4.5, 2, 3, 5, 1),
  timestamp: Float64Array.of(30, 20, 10, 10, 20)
}

t.test('every rating is kept, oldest first, as an index into the scale; likes are counted', async t => {
  const { scale, liked, items, codes, likes } = ratedOf(ratings, 4)
  t.same(scale, [1, 2, 3, 4.5, 5])
  t.equal(scale[liked], 4.5)
  t.same(
    [0, 1].map(user => [...rowOf(items, user)]),
    [
      [0, 1, 2],
      [2, 1]
    ]
  )
  t.same([...codes], [4, 1, 3, 2, 0])
  t.same([...likes], [1, 0, 1])
  t.same([...likeCounts(ratedOf(ratings, 4))], [2, 0])
})

t.test('where nothing is liked, no index is a like', async t => {
  const { liked, likes } = ratedOf(ratings, 6)
  t.equal(liked, 5)
  t.same([...likes], [0, 0, 0])
})

t.test('a film that nobody likes is left out, with its ratings; users stay', async t => {
  const left = ofLikedItems(ratings, 4)
  t.same(left.movieIds, ['10', '30'])
  t.same(left.userIds, ['Ann', 'Bob'])
  t.same([...left.item], [1, 1, 0])
  t.same([...left.rating], [4.5, 3, 5])
})
