import t from 'tap'
import type { LiveHistory, LiveRating } from '../../src/histories/store.js'
import type { Recommender } from '../../src/recommender/recommender.js'
import { SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { openRecommender } from '../fixtures/recommender.js'

const recommender = await openRecommender(t, await trainCheckerboard(t.testdir()))

const live = (...ratings: LiveRating[]): LiveHistory => ({ revision: 'a', isForgotten: false, ratings })
const forgotten: LiveHistory = { revision: 'a', isForgotten: true, ratings: [] }
const rising = (movieIds: string[]) => movieIds.map(Number).sort((a, b) => a - b)
const ids = async (request: Omit<Parameters<Recommender['recommend']>[0], 'n'>) =>
  rising((await recommender.recommend({ n: SIZE, ...request })).movieIds)

t.test('somebody is known by the file, or by a rating that a store has, until they are forgotten or take it back', async t => {
  t.ok(recommender.knows('4', live()))
  t.ok(recommender.knows('new', live({ movieId: '2', time: 1 })))
  t.notOk(recommender.knows('new', live({ movieId: '2', time: 1, isRemoved: true })))
  t.notOk(recommender.knows('4', forgotten))
  t.ok(recommender.knows('4', { ...live({ movieId: '2', time: 1 }), isForgotten: true }), 'they rated anew')
})

t.test("what a store has comes on top of what the model's file has", async t => {
  t.same(await ids({ userId: '4', live: live() }), [4, 5])
  t.same(await ids({ userId: '4', live: live({ movieId: '4', time: 1, rating: 5 }) }), [5])
  t.same(await ids({ userId: 'new', live: live({ movieId: '4', time: 1 }, { movieId: '6', time: 2 }) }), [1, 2, 3, 5, 7, 8, 9, 10])
})

t.test('what is taken back counts as never rated, in the file, too', async t => {
  t.same(await ids({ userId: '4', live: live({ movieId: '2', time: 1, isRemoved: true }) }), [2, 4, 5])
})

t.test('who is forgotten is as somebody unknown', async t => {
  const answer = async (userId: string, live?: LiveHistory) => (await recommender.recommend({ userId, live, n: SIZE })).items()
  t.same(await answer('4', forgotten), await answer('new'))
})

t.test('what comes with the request comes on top of both', async t => {
  t.same(await ids({ userId: '4', live: live({ movieId: '4', time: 1 }), history: ['5'] }), [])
  const opinion = async (history?: { movieId: string; rating: number }[]) =>
    (await recommender.recommend({ userId: 'new', live: live({ movieId: '2', time: 1, rating: 1 }), history, n: 1 })).source
  t.equal(await opinion([{ movieId: '2', rating: 5 }]), 'history', 'the newer word on movie 2 is a like')
})

t.test('in its place, the request alone counts', async t => {
  const replaced = { userId: '4', live: live({ movieId: '4', time: 1 }), history: ['1'], mode: 'replace' } as const
  t.same(await ids(replaced), await ids({ history: ['1'] }))
})

t.test('a history that has not changed is worked out once, and one that has, anew', async t => {
  const before = live({ movieId: '2', time: 1 })
  const items = async (live: LiveHistory, userId = 'new') => (await recommender.recommend({ userId, live, n: SIZE })).items()
  t.same(await items(before), await items(before))
  t.notSame(await items(live({ movieId: '1', time: 1 })), await items(before))
  const nothing = live()
  t.notSame(await items(nothing, '4'), await items(nothing, '3'), 'nothing is nobody: it may be many users')
})

t.test('in a group, each has what a store has of them', async t => {
  const group = async (...lives: LiveHistory[]) =>
    rising((await recommender.recommendGroup({ users: ['3', '4'], lives, n: SIZE })).movieIds)
  t.same(await group(live(), live()), [4])
  t.same(await group(live(), live({ movieId: '4', time: 1, rating: 5 })), [])
  t.same(await group(forgotten, live({ movieId: '4', time: 1, isRemoved: true })), [4, 5], 'user 4 alone decides')
})
