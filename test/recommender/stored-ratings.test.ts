import t from 'tap'
import { historiesOf } from '../../src/recommender/model/histories.js'
import { newestFirst, storedRatings } from '../../src/recommender/stored-ratings.js'

/** Ann rated movie 1 with 5, then movie 3 with 1. */
const table = { userIds: ['ann'], offsets: Int32Array.of(0, 2), rows: Int32Array.of(0, 2), ratings: Uint8Array.of(1, 0) }
const model = {
  histories: historiesOf(table, true),
  items: { movieIds: ['1', '2', '3'] },
  manifest: { ratings: [{ value: 1 }, { value: 5 }] }
} as unknown as Parameters<typeof storedRatings>[0]
const live = (...ratings: { movieId: string; time: number; rating?: number; isRemoved?: boolean }[]) => ({
  revision: 'a',
  isForgotten: false,
  ratings
})

t.test("what is kept of a user is what the model's file has, then what the store has", async t => {
  t.same(storedRatings(model, 'ann'), [{ movieId: '1', rating: 5 }, { movieId: '3', rating: 1 }]) // prettier-ignore
  t.same(storedRatings(model, 'ann', live({ movieId: '2', time: 7, rating: 4 })), [
    { movieId: '1', rating: 5 },
    { movieId: '3', rating: 1 },
    { movieId: '2', rating: 4, time: 7 }
  ])
  t.same(storedRatings(model, 'nobody'), [])
  t.same(storedRatings(model, 'nobody', live({ movieId: '2', time: 7 })), [{ movieId: '2', rating: undefined, time: 7 }])
})

t.test("the store's word on a movie takes the place of the file's, be it that there is none any more", async t => {
  t.same(storedRatings(model, 'ann', live({ movieId: '1', time: 7, rating: 2 })), [
    { movieId: '3', rating: 1 },
    { movieId: '1', rating: 2, time: 7 }
  ])
  t.same(storedRatings(model, 'ann', live({ movieId: '1', time: 7, isRemoved: true })), [{ movieId: '3', rating: 1 }])
})

t.test('of somebody who is forgotten the file tells nothing', async t => {
  const forgotten = { ...live({ movieId: '2', time: 7, rating: 4 }), isForgotten: true }
  t.same(storedRatings(model, 'ann', forgotten), [{ movieId: '2', rating: 4, time: 7 }])
})

t.test('the newest comes first, what tells no time last, and of the same time by id', async t => {
  const ratings = [{ movieId: 'b' }, { movieId: 'd', time: 5 }, { movieId: 'a' }, { movieId: 'c', time: 5 }, { movieId: 'e', time: 9 }]
  const ids = (list: typeof ratings) => list.toSorted(newestFirst).map(({ movieId }) => movieId)
  t.same(ids(ratings), ['e', 'c', 'd', 'a', 'b'])
  t.same(ids(ratings.toReversed()), ['e', 'c', 'd', 'a', 'b'])
  const [a, b] = [{ movieId: 'a' }, { movieId: 'b' }]
  t.same([newestFirst(a, b), newestFirst(b, a), newestFirst(a, a)], [-1, 1, 0])
})
