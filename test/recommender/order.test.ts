import t, { type Test } from 'tap'
import { encodeHistories } from '../../src/recommender/model/histories.js'
import type { GraphTerms } from '../../src/recommender/model/manifest.js'
import type { Recommender } from '../../src/recommender/recommender.js'
import { editManifest, rewrite } from '../fixtures/model-folder.js'
import { lastOnly, nextMovieFolder, type Other } from '../fixtures/next-movie.js'
import { openRecommender } from '../fixtures/recommender.js'

/** Ann has watched movie 9, which she did not like, then 5, then 1. */
async function serve(t: Test, terms: Partial<GraphTerms>, graph?: Other): Promise<Recommender> {
  const dir = await nextMovieFolder(t.testdir(), terms, graph)
  const table = { userIds: ['ann'], offsets: Int32Array.of(0, 3), rows: Int32Array.of(8, 4, 0), ratings: Uint8Array.of(0, 1, 1) }
  await rewrite(dir, 'histories.bin', () => encodeHistories(table))
  await editManifest(dir, manifest => Object.assign(manifest, { histories: { users: 1, pairs: 3 } }))
  return openRecommender(t, dir)
}

const send = async (recommender: Recommender, history?: string[], n = 2) =>
  (await recommender.recommend({ userId: 'ann', history, n })).movieIds

t.test('where order matters, a history reaches the graph in the order of time', async t => {
  const recommender = await serve(t, { order: true })
  t.same(await send(recommender), ['2', '6'], 'what is kept')
  t.same(await send(recommender, ['7', '3'], 4), ['4', '8', '2', '6'], 'what comes along is later')
  const again = await recommender.recommend({ userId: 'ann', history: ['5'], n: 2 })
  t.match(again.items(), [{ movieId: '6', score: 2 }, { movieId: '2', score: 1 }], 'what is watched again is later, and counts once') // prettier-ignore
})

t.test('where it does not, the same likes are the same history, in whatever order they come', async t => {
  const recommender = await serve(t, { order: false })
  t.same(await send(recommender), ['6', '2'])
  t.same(await send(recommender, ['7', '3'], 4), ['8', '6', '4', '2'])
  t.same(await send(recommender, ['3', '7'], 4), ['8', '6', '4', '2'])
})

t.test('a movie that is sent twice counts once', async t => {
  const recommender = await serve(t, { order: false })
  const scored = async (...history: string[]) => (await recommender.recommend({ history, n: 2 })).items()
  t.match(await scored('3', '7'), [
    { movieId: '8', score: 2 },
    { movieId: '4', score: 1 }
  ])
  t.same(await scored('3', '3', '7'), await scored('3', '7'))
})

t.test('of a history that is too long the newest entries are kept, whether order matters or not', async t => {
  const scored = async (recommender: Recommender, ...history: string[]) =>
    (await recommender.recommend({ userId: 'ann', history, n: 4 })).items().flatMap(({ movieId, score }) => (score > 0 ? [movieId] : []))
  const ordered = await serve(t, { order: true, maxHistory: 2 })
  t.same(await scored(ordered, '7', '3'), ['4', '8'], 'what was kept is older than what comes along')
  t.same(await scored(ordered, '3'), ['4', '2'], 'and what was kept last fills the rest')
  const unordered = await serve(t, { order: false, maxHistory: 2 })
  t.same(await scored(unordered, '7', '3'), ['8', '4'], 'by row, once the newest are chosen')
  t.same(await scored(await serve(t, { order: false, maxHistory: 1 })), ['2'], 'of what was kept, not of its rows')
})

t.test('a group is no longer than a history may be, and everybody has a share of it', async t => {
  const recommender = await serve(t, { order: false, maxHistory: 2 })
  const { movieIds } = await recommender.recommendGroup({ histories: [['1', '3'], ['5', '7']], n: 2 }) // prettier-ignore
  t.same(movieIds, ['8', '4'], 'the newest of each')
  const many = await recommender.recommendGroup({ histories: [['1'], ['3'], ['5']], n: 2 })
  t.same(many.movieIds, ['6', '4'])
  const both = await recommender.recommendGroup({ users: ['ann'], histories: [['7']], n: 2 })
  t.same(both.movieIds, ['8', '2'], 'users and others alike')
  const roomy = await serve(t, { order: false, maxHistory: 4 })
  t.same((await roomy.recommendGroup({ histories: [['1', '3'], ['5', '7']], n: 4 })).movieIds, ['8', '6', '4', '2']) // prettier-ignore
})

t.test('a graph that takes one length only, padded on the left, gets that: a SASRec as its authors export it', async t => {
  const recommender = await serve(t, { order: true, pad: 'left', maxHistory: 3 }, lastOnly(3))
  t.same(await send(recommender, undefined, 1), ['2'])
  t.same(await send(recommender, ['3'], 1), ['4'])
  const [one, other] = await Promise.all([['7'], ['2', '4', '5', '8']].map(history => recommender.recommend({ history, n: 1 })))
  t.same([one.movieIds, other.movieIds], [['8'], ['9']], 'in one run, a short one beside one that is too long')
})
