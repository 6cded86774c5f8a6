import t from 'tap'
import { rounded } from '../../../models/train/data/scale.js'
import { likeFor, told } from '../../../models/train/data/threshold.js'
import { someRatings } from '../../fixtures/ratings.js'

const of = (...values: number[]) => ({ rating: Float32Array.from(values) })

t.test('what a like is, is chosen for the scale where nobody says it', async t => {
  t.equal(likeFor(of(0.5, 3, 4.5)).like, 4, 'stars')
  t.equal(likeFor(of(1, 7, 10)).like, 8, 'up to ten')
  t.equal(likeFor(of(0, 50, 95)).like, 80, 'up to a hundred')
  t.equal(likeFor(of(0, 1)).like, 1, 'thumbs')
  t.equal(likeFor(of(-1, 1)).like, 1, 'thumbs down and up')
  t.equal(likeFor(of(1, 1)).like, 1, 'no ratings')
  t.equal(likeFor(of(-10, 2, 10)).like, 5, 'below zero, too')
  t.equal(likeFor(of(1, 2, 3, 4, 412, 7, 8, 9)).like, 3, 'counts: three in four')
  t.equal(likeFor(of(1, 7, 10), 6).like, 6, 'as it is given')
})

t.test('the scale is told, with a warning where nearly all or hardly any are likes', async t => {
  const ten = of(1, 7, 9, 10)
  t.same(told(ten, likeFor(ten)), [
    'ratings from 1 to 10, 4 different: 8 or more is a like, 50 % of all; chosen for this scale, --like says otherwise'
  ])
  t.same(told(of(1, 1), likeFor(of(1, 1))), ['every rating is 1: 1 or more is a like, 100 % of all'])
  t.match(told(ten, likeFor(ten, 1))[1], 'warning: nearly everything is a like')
  const few = of(5, ...new Array<number>(30).fill(1), 2)
  t.match(told(few, likeFor(few))[1], 'warning: hardly anything is a like')
})

t.test('more than 255 different ratings are rounded', async t => {
  const ratings = someRatings()
  t.equal(rounded(ratings).ratings, ratings)
  const counts = { ...ratings, rating: Float32Array.from({ length: 2000 }, (_, i) => 1001 + i) }
  const { ratings: fewer, note } = rounded(counts)
  t.equal(note, '2000 different ratings, rounded to 3 digits')
  t.equal(fewer.rating[233], 1230)
})
