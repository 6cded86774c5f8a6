import t from 'tap'
import { extended, latest, liveRows, newest, sorted, weighted, without } from '../../src/recommender/history.js'
import { Ids } from '../../src/recommender/ids.js'
import { ratingScale } from '../../src/recommender/model/rating-scale.js'

const ids = new Ids(['10', '11', '12', '13'])
const scale = ratingScale({ ratings: [1, 3, 5].map(value => ({ value, weight: value - 3 })), liked: 4 }, true)
const history = (rows: number[], weights: number[]) => ({ rows: Int32Array.from(rows), weights: Float32Array.from(weights) })

t.test('of a movie that comes twice, the later word counts, in its later place', async t => {
  t.same([...latest(['1', { movieId: '2', rating: 3 }, { movieId: '1', rating: 5 }])], [['2', 3], ['1', 5]]) // prettier-ignore
  t.same([...latest([{ movieId: '1', rating: 5 }, '1'])], [['1', undefined]], 'an id alone is a like')
})

t.test('what a store has comes oldest first, and of the same time by id', async t => {
  const live = { revision: 'a', isForgotten: false, ratings: [
    { movieId: '12', time: 30 },
    { movieId: '11', time: 20, rating: 4 },
    { movieId: '10', time: 20, rating: 2 }
  ] } // prettier-ignore
  const rows = liveRows(live, ids, scale)
  t.same([...rows], [[0, 2], [1, 4], [2, undefined]]) // prettier-ignore
  t.same([...liveRows({ ...live, ratings: live.ratings.toReversed() }, ids, scale)], [...rows], 'in whatever order it is kept')
})

t.test('what a store has beyond the scale counts as the end of it, and what is removed or unknown not at all', async t => {
  const ratings = [
    { movieId: '10', time: 1, rating: 0.5 },
    { movieId: '11', time: 2, rating: 10 },
    { movieId: '12', time: 3, rating: 5, isRemoved: true },
    { movieId: '99', time: 4, rating: 5 }
  ]
  t.same([...liveRows({ revision: 'a', isForgotten: false, ratings }, ids, scale)], [[0, 1], [1, 5]]) // prettier-ignore
})

t.test('a stored history gives up rows, and with each its rating', async t => {
  const stored = { rows: Int32Array.of(3, 1, 2), ratings: Uint8Array.of(0, 1, 2) }
  t.same(without(stored, new Set([1])), { rows: Int32Array.of(3, 2), ratings: Uint8Array.of(0, 2) })
})

t.test('what weighs nothing is left out', async t => {
  t.same(weighted({ rows: Int32Array.of(3, 1, 2), ratings: Uint8Array.of(2, 1, 0) }, scale), history([3, 2], [2, -2]))
})

t.test('what is rated again counts anew, as the last, and not at all where it weighs nothing now', async t => {
  t.same(extended(history([5, 1, 3], [1, 2, 3]), new Map([[5, 4], [3, 0], [2, 0]])), history([1, 5], [2, 4])) // prettier-ignore
})

t.test('the newest are the last, all of them where there is room', async t => {
  const three = history([5, 1, 3], [1, 2, 3])
  t.same(newest(three, 2), history([1, 3], [2, 3]))
  t.equal(newest(three, 3), three)
  t.equal(newest(three), three)
})

t.test('by rising row, each keeps its weight', async t => {
  t.same(sorted(history([5, 1, 3], [1, 2, 3])), history([1, 3, 5], [2, 3, 1]))
})
