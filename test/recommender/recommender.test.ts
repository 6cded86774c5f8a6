import t, { type Test } from 'tap'
import { QueueFull } from '../../src/recommender/batcher.js'
import type { Recommender, RecommendRequest } from '../../src/recommender/recommender.js'
import { movies, SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { openRecommender } from '../fixtures/recommender.js'

const some = new Map([...movies].map(([id, movie]) => [id, id === '4' ? { ...movie, title: '' } : movie]))
const dir = await trainCheckerboard(t.testdir(), {
  movies: some,
  layout: { rowOrder: Int32Array.from({ length: SIZE }, (_, i) => i), blockEnds: { short: [5, SIZE], long: [SIZE] } }
})

const serve = (t: Test, options?: Parameters<typeof openRecommender>[2]): Promise<Recommender> => openRecommender(t, dir, options)

t.test('a history that comes along', async t => {
  const recommender = await serve(t)
  const ids = async (request: Partial<RecommendRequest>) => (await recommender.recommend({ n: SIZE, ...request })).movieIds
  t.test('decides by itself for somebody unknown, and is not offered again', async t => {
    const { source, movieIds } = await recommender.recommend({ userId: 'new', history: ['2', '6'], n: 3 })
    t.equal(source, 'history')
    t.same(
      movieIds.map(Number).toSorted((a, b) => a - b),
      [4, 8, 10]
    )
  })
  t.test('is added to what is kept', async t => t.same(await ids({ userId: '4', history: ['4'] }), ['5']))
  t.test('or takes its place', async t => {
    const replaced = await ids({ userId: '4', history: ['1', '3'], mode: 'replace' })
    t.same(replaced, await ids({ history: ['1', '3'] }), 'as for somebody unknown')
    t.equal(replaced.length, SIZE - 2, 'what is kept counts for nothing, not even as seen')
  })
})

t.test('what is excluded is not offered, whatever else is: seen, sent, by genre', async t => {
  const recommender = await serve(t)
  const ids = async (request: Partial<RecommendRequest>) =>
    (await recommender.recommend({ n: SIZE, ...request })).movieIds.map(Number).toSorted((a, b) => a - b)
  t.same(await ids({ userId: '4', exclude: ['5'] }), [4])
  t.same(await ids({ history: ['2'], exclude: ['1', '3'] }), [4, 5, 6, 7, 8, 9, 10])
  t.same(await ids({ history: ['2'], exclude: ['1'], genre: ['Odd'] }), [3, 5, 7, 9])
  t.same(await ids({ genre: ['Nice'] }), [2, 4, 6, 8, 10])
  t.same(await ids({ userId: '4', genre: ['Odd'] }), [5])
})

t.test('movies that are not in the catalogue are named, and change nothing', async t => {
  const recommender = await serve(t)
  const { unknownMovieIds, movieIds, source } = await recommender.recommend({ userId: '4', history: ['77', '4'], exclude: ['88'], n: 3 })
  t.same({ unknownMovieIds, movieIds, source }, { unknownMovieIds: ['77', '88'], movieIds: ['5'], source: 'history' })
  t.match(await recommender.recommend({ history: ['77'], n: 1 }), { source: 'popular' })
})

t.test('an answer has ids, scores that fall, and titles where there are any', async t => {
  const { movieIds, items } = await (await serve(t)).recommend({ userId: '4', n: 10 })
  const all = items()
  t.same(
    all.map(({ movieId }) => movieId),
    movieIds
  )
  t.same(
    all.map(({ title }) => title),
    [undefined, 'Movie 5'],
    'an empty title is none'
  )
  t.ok(all[0].score > all[1].score)
})

t.test('says which model it is and whom it knows', async t => {
  const recommender = await serve(t)
  t.equal(recommender.version, 'board/1')
  t.same(
    ['4', '99', 'new'].map(id => recommender.knows(id)),
    [true, true, false]
  )
  t.equal(recommender.waiting, 0)
  const answer = recommender.recommend({ userId: '4', n: 1 })
  t.equal(recommender.waiting, 1)
  await answer
  t.equal(recommender.waiting, 0)
})

t.test('tells an observer of every batch, every answer and every refusal', async t => {
  const told: unknown[][] = []
  const recommender = await serve(t, {
    maxQueue: 2,
    observer: {
      batchScored: (size, seconds) => told.push(['scored', size, seconds >= 0 && seconds < 60]),
      rowsScanned: rows => told.push(['searched', ...rows]),
      recommended: source => told.push(['recommended', source]),
      refused: reason => told.push(['refused', reason])
    }
  })
  const asks = ['4', 'new', 'late'].map(userId => recommender.recommend({ userId, n: 1 }))
  const [, , late] = await Promise.allSettled(asks)
  t.match(late, { status: 'rejected', reason: new QueueFull() })
  t.match(told, [
    ['refused', 'queue_full'],
    ['scored', 2, true],
    ['searched', Number, Number],
    ['recommended', 'history'],
    ['recommended', 'popular']
  ])
  t.same(
    told.map(({ length }) => length),
    [2, 3, 3, 2, 2],
    'rows for each of the two, and no more'
  )
})

t.test('another list is drawn from more than is asked for, and is as long as is asked for', async t => {
  const recommender = await serve(t)
  const firsts = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const { movieIds, items } = await recommender.recommend({ history: ['2'], n: 1, seed })
    t.equal(movieIds.length, 1)
    t.equal(items().length, 1)
    firsts.add(movieIds[0])
  }
  t.ok(firsts.size > 1, `first of a list of one: ${[...firsts]}`)
})

t.test('reasons name movies in the ids of the request, and none that has no id there', async t => {
  const recommender = await serve(t)
  const { items } = await recommender.recommend({ userId: '3', n: 1, ids: 'tmdb', explain: true })
  const [{ movieId, because = [], against = [], popularity }] = items()
  t.match(movieId, /^10\d$/)
  for (const reason of [...because, ...against]) t.match(reason.movieId, /^1(0[1-46-9]|10)$/, 'movie 5 has no id there')
  t.ok(because.length > 0 && because.every(({ title, year, share }) => title?.startsWith('Movie') && year && share > 0))
  t.type(popularity, 'number')
  t.equal((await recommender.recommend({ userId: '3', n: 1 })).items()[0].because, undefined, 'unless nobody asked')
})
