import { randomLcg } from 'd3-random'
import t from 'tap'
import {
  bootstrap,
  coverage,
  dislikedShare,
  hitRate,
  ndcg,
  novelty,
  popularShare,
  recall
} from '../../../models/train/evaluation/metrics.js'
import type { Ratings } from '../../../models/train/data/ratings.js'
import { knownUsers, newUsers } from '../../../models/train/evaluation/splits.js'

t.test('metrics', async t => {
  t.test('agree with a worked example: list 4, 2, 0, 1, relevant 2 and 9', async t => {
    const list = [4, 2, 0, 1]
    const relevant = new Set([2, 9])
    t.equal(ndcg(list, relevant, 4).toFixed(5), '0.38685')
    t.equal(recall(list, relevant, 4), 0.5)
    t.equal(hitRate(list, relevant, 1), 0)
    t.equal(hitRate(list, relevant, 4), 1)
  })
  t.test('give a perfect list 1, a short one what it earns', async t => {
    t.equal(ndcg([1, 2, 3], new Set([1, 2, 3]), 10), 1)
    t.equal(recall([1, 2], new Set([1, 2, 3]), 20), 2 / 3)
    t.equal(recall([1], new Set([1, 2, 3]), 1), 1)
    t.equal(ndcg([], new Set([1]), 10), 0)
  })
  t.test('count what share of the catalogue the first tens use', async t => {
    t.equal(
      coverage(
        [
          [1, 2],
          [2, 3]
        ],
        6
      ),
      0.5
    )
  })
  t.test('bootstrap: an interval round the mean, the same for the same chance', async t => {
    const values = [new Map(Array.from({ length: 400 }, (_, user) => [user, user % 2]))]
    const [low, high] = bootstrap(values, randomLcg(1))
    t.ok(low > 0.44 && low < 0.47 && high > 0.53 && high < 0.56, `${low} to ${high}: 0.5 ± 1.96 √(0.25 / 400)`)
    t.same(bootstrap(values, randomLcg(1)), [low, high])
  })
  t.test('bootstrap: a split of which nobody is drawn does not count', async t => {
    const [low, high] = bootstrap([new Map([[1, 0.5]]), new Map([[2, 0.7]])], randomLcg(1))
    t.same([low, high], [0.5, 0.7])
  })
  t.test('tell how surprising and how popular the first ten are, and how many of them were disliked', async t => {
    const likes = Int32Array.of(8, 4, 1, 0)
    t.equal(novelty([[0, 1], [2]], likes, 8), (0 + 1 + 3) / 3)
    t.equal(novelty([[3]], likes, 8), 3, 'what nobody likes counts as if one did')
    const many = Int32Array.from({ length: 150 }, (_, item) => 150 - item)
    t.equal(popularShare([[0, 99, 100, 149]], many), 0.5)
    const person = { rated: new Set([1, 2, 3]), disliked: new Set([3]) }
    t.equal(dislikedShare([[1, 3, 7]], [person]), 0.5)
    t.equal(dislikedShare([[7]], [person]), 0, 'nothing rated, nothing disliked')
  })
})

/** 150 users, who have rated 10 movies each. */
const ratings: Ratings = {
  userIds: Array.from({ length: 150 }, (_, u) => `${u + 1}`),
  movieIds: Array.from({ length: 12 }, (_, i) => `${i + 1}`),
  user: Int32Array.from({ length: 1500 }, (_, i) => Math.floor(i / 10)),
  item: Int32Array.from({ length: 1500 }, (_, i) => i % 10),
  rating: new Float32Array(1500).fill(5),
  timestamp: Float64Array.from({ length: 1500 }, (_, i) => i)
}
const heldBy = (seed: string, of = ratings) => knownUsers(of, seed).tests['known users']!.held
const pairs = ({ user, item }: Ratings) => Array.from(user, (u, i) => `${u},${item[i]}`)

t.test('splits', async t => {
  t.test('known users: a fifth of everybody is held out, the rest is train and fold-in', async t => {
    const { train, tests } = knownUsers(ratings, 'a')
    const { foldIn, held: test } = tests['known users']!
    t.equal(test.user.length, 300)
    t.equal(new Set(test.user).size, 150)
    t.same(foldIn, train)
    t.same([...pairs(train), ...pairs(test)].sort(), pairs(ratings).sort())
  })
  t.test('new users: a hundred, but at most half of all, are absent from train, and folded in with the request', async t => {
    const { train, tests } = newUsers(ratings, 'a')
    const { foldIn, held: test } = tests['new users']!
    t.equal(new Set(train.user).size, 75)
    t.equal(new Set(foldIn.user).size, 75)
    t.same(
      [...new Set(foldIn.user)].filter(user => train.user.includes(user)),
      []
    )
    t.equal(test.user.length, 150)
    t.equal(foldIn.user.length, 600)
  })
  t.test('depend on the seed text and nothing else', async t => {
    t.same(knownUsers(ratings, 'a'), knownUsers(ratings, 'a'))
    t.notSame(heldBy('b'), heldBy('a'))
    // printf dev-1:17:1 | sha256sum is 3908…, the smallest of the five
    const one: Ratings = {
      ...ratings,
      userIds: ['17'],
      movieIds: ['318', '1', '2', '3', '4'],
      user: new Int32Array(5),
      item: Int32Array.of(0, 1, 2, 3, 4)
    }
    t.same(
      [...heldBy('dev-1', { ...one, rating: ratings.rating.slice(0, 5), timestamp: ratings.timestamp.slice(0, 5) }).item].map(
        i => one.movieIds[i]
      ),
      ['1']
    )
  })
})
