import t from 'tap'
import { likesOf } from '../../../models/train/data/likes.js'
import { inOrderOfTime, type Ratings } from '../../../models/train/data/ratings.js'
import { group, rowOf } from '../../../models/train/data/sparse-rows.js'

/** User 7 loves movie 30 and dislikes 10; Ann loves 30. */
const ratings: Ratings = {
  userIds: ['7', 'ann'],
  movieIds: ['10', '30'],
  user: Int32Array.of(0, 0, 1),
  item: Int32Array.of(1, 0, 1),
  rating: Float32Array.of(4, 0.5, 5),
  timestamp: Float64Array.of(100, 90, 90)
}

t.test('the order of time is that of the timestamps, equal ones by movie', async t => {
  t.same([...inOrderOfTime(ratings)], [1, 2, 0])
})

t.test('groups who likes what, both ways round', async t => {
  const { byUser, byItem } = likesOf(ratings, 4)
  t.same([...rowOf(byUser, 0)], [1], 'user 7 likes movie 30')
  t.same([...rowOf(byItem, 1)], [0, 1], 'movie 30 is liked by both')
  t.same([...rowOf(byItem, 0)], [], 'movie 10 by nobody')
  t.same([...group(1, [0, 0, 0], [5, 6, 7], [2, 0, 1]).values], [7, 5, 6], 'in the order given')
})
