import t, { type Test } from 'tap'
import { QueueFull } from '../../src/recommender/batcher.js'
import { type Observer, Recommender, type RecommendRequest } from '../../src/recommender/recommender.js'
import { openScorer, type Scorer } from '../../src/recommender/scoring/scorer.js'
import { movies, SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { failsAt, nextMovieFolder } from '../fixtures/next-movie.js'
import { LIMITS, openRecommender } from '../fixtures/recommender.js'

const some = new Map([...movies].map(([id, movie]) => [id, id === '4' ? { ...movie, title: '' } : movie]))
const dir = await trainCheckerboard(t.testdir(), {
  movies: some,
  layout: { rowOrder: Int32Array.from({ length: SIZE }, (_, i) => i), blockEnds: { short: [5, SIZE], long: [SIZE] } }
})

const serve = (t: Test, options?: Parameters<typeof openRecommender>[2]): Promise<Recommender> => openRecommender(t, dir, options)

/** Opens the graphs, and puts something of its own before them. */
const opening =
  (change: (scorer: Scorer) => Partial<Scorer>): typeof openScorer =>
  async (...args) => {
    const scorer = await openScorer(...args)
    return { ...scorer, ...change(scorer) }
  }

/** What an observer is told, line by line. */
function observing() {
  const told: unknown[][] = []
  const observer: Observer = {
    batchScored: (size, seconds) => told.push(['scored', size, seconds >= 0 && seconds < 60]),
    rowsScanned: rows => told.push(['searched', ...rows]),
    recommended: source => told.push(['recommended', source]),
    refused: reason => told.push(['refused', reason])
  }
  return { told, observer }
}

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
  const live = { revision: 'a', isForgotten: false, ratings: [] }
  for (const request of [{}, { userId: '4' }, { userId: '4', live }])
    t.same((await recommender.recommend({ n: 1, ...request })).unknownMovieIds, [], 'none where none is sent')
  const group = await recommender.recommendGroup({ users: ['4'], histories: [['77'], ['2']], exclude: ['88'], n: 1 })
  t.same(group.unknownMovieIds, ['77', '88'])
})

t.test('an answer has ids, scores that fall, and titles and years where there are any', async t => {
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
  t.same(
    all.map(({ year }) => year),
    [undefined, 1995]
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
  const { told, observer } = observing()
  const recommender = await serve(t, { maxQueue: 2, observer })
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
  t.throws(() => recommender.admit(2), new QueueFull())
  t.same(told.slice(5), [['refused', 'queue_full']], 'of a group, too')
})

t.test('refuses when nobody observes, too', async t => {
  const recommender = await serve(t, { maxQueue: 1 })
  const [, late] = await Promise.allSettled([1, 2].map(n => recommender.recommend({ n })))
  t.match(late, { status: 'rejected', reason: new QueueFull() })
  t.throws(() => recommender.admit(1), new QueueFull())
})

t.test('what the graph cannot answer fails alone, and counts as no refusal', async t => {
  const { told, observer } = observing()
  const recommender = await openRecommender(t, await nextMovieFolder(t.testdir(), { order: true }, failsAt(7)), { observer })
  const asks = [
    { history: ['1'], n: 7 },
    { history: ['3'], n: 1 }
  ].map(request => recommender.recommend(request))
  const [failed, answered] = await Promise.allSettled(asks)
  t.match(failed, { status: 'rejected', reason: { message: /out of bounds|indices/ } })
  t.match(answered, { status: 'fulfilled', value: { movieIds: ['4'] } })
  t.same(told, [['scored', 2, true], ['recommended', 'history']], 'nor are rows told that this graph does not count') // prettier-ignore
})

t.test('closes its graphs', async t => {
  let closed = 0
  const recommender = await serve(t, { open: opening(() => ({ close: async () => void closed++ })) })
  await recommender.close()
  t.equal(closed, 1)
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
  t.ok(
    because.length > 0 &&
      because.every(({ movieId, title, year, share }) => title?.startsWith('Movie') && year === 1890 + Number(movieId) && share > 0)
  )
  t.type(popularity, 'number')
  t.equal((await recommender.recommend({ userId: '3', n: 1 })).items()[0].because, undefined, 'unless nobody asked')
})

t.test('popularity is what the shares leave of a score: here all of it, or nothing', async t => {
  const recommender = await serve(t)
  const first = async (userId: string) => (await recommender.recommend({ userId, n: 1, explain: true })).items()[0]
  const [known, unknown] = [await first('4'), await first('new')]
  t.ok(known.score > 0.1 && Math.abs(Number(known.popularity)) < 1e-4, `${known.popularity} of ${known.score}`)
  t.match(unknown, { because: [], against: [], popularity: unknown.score })
})

t.test('where a score is no sum, it is said how reasons are found, and of popularity nothing', async t => {
  const { model } = await serve(t)
  const curved = new Recommender({ ...model, manifest: { ...model.manifest, linear: false } }, LIMITS)
  const one = await curved.recommend({ userId: '4', n: 1, explain: true })
  t.equal(one.reasons, 'leave-one-out')
  t.match(one.items(), [{ because: [{ share: Number }], popularity: undefined }])
  const scoreCandidates: Scorer['scoreCandidates'] = async asked => ({ scores: (await model.scorer.scoreCandidates(asked)).scores })
  const silent = new Recommender({ ...model, scorer: { ...model.scorer, scoreCandidates } }, LIMITS)
  const group = await silent.recommendGroup({ users: ['new', '4'], n: 1, explain: true })
  t.equal(group.reasons, 'leave-one-out', 'though of nobody any graph can tell a sum')
  t.equal(group.items()[0].popularity, undefined)
})

t.test('with variety, the second of two is of the other kind', async t => {
  const recommender = await serve(t)
  const kinds = async (variety?: number) =>
    (await recommender.recommend({ history: ['2'], n: 2, variety })).movieIds.map(id => ['even', 'odd'][Number(id) % 2])
  t.same(await kinds(), ['even', 'even'])
  t.same(await kinds(0), ['even', 'even'])
  t.same(await kinds(1), ['even', 'odd'])
})

t.test('an answer may be empty, and varied and explained all the same', async t => {
  const recommender = await serve(t)
  const { movieIds, items, reasons } = await recommender.recommend({ userId: '4', exclude: ['4', '5'], n: 3, variety: 0.5, explain: true })
  t.same([movieIds, items(), reasons], [[], [], 'sum'])
})

t.test('what is ordered anew is chosen from the first hundred, here all, and a plain request costs one run for what it wants', async t => {
  let runs: string[] = []
  const open = opening(({ score, scoreCandidates }) => ({
    score(queries) {
      runs.push(`best ${queries.k.join()}`)
      return score(queries)
    },
    scoreCandidates(candidates) {
      runs.push('given')
      return scoreCandidates(candidates)
    }
  }))
  const recommender = await serve(t, { open })
  const runsOf = async (answer: Promise<unknown>): Promise<string[]> => {
    runs = []
    await answer
    return runs
  }
  const [history, histories] = [['2'], [['2']]]
  t.same(await runsOf(recommender.recommend({ history, n: 3 })), ['best 3'])
  t.same(await runsOf(recommender.recommend({ history, n: 3, seed: 1 })), ['best 10'])
  t.same(await runsOf(recommender.recommend({ history, n: 3, variety: 0.5 })), ['best 10', 'given'])
  t.same(await runsOf(recommender.recommendGroup({ histories, n: 3 })), ['best 3'])
  t.same(await runsOf(recommender.recommendGroup({ histories, n: 3, mode: 'everyone' })), ['best 10', 'given'])
})

t.test('a request of several steps has its place for all of them, however many come meanwhile, and shares a batch with them', async t => {
  const plain: Promise<{ movieIds: string[] }>[] = []
  const { told, observer } = observing()
  const open = opening(({ score }) => ({
    score(queries) {
      if (plain.length === 0) plain.push(...['4', '4', '3', '4'].map(userId => recommender.recommend({ userId, n: 1 })))
      return score(queries)
    }
  }))
  const recommender = await serve(t, { open, observer, maxQueue: 4 })
  const { items } = await recommender.recommend({ userId: '4', n: 1, explain: true })
  t.match(items(), [{ movieId: '4', because: [{ movieId: String }] }])
  const answers = await Promise.all(plain)
  t.same(answers.map(({ movieIds: [first] }) => first), ['4', '4', '3', '4']) // prettier-ignore
  t.same(told.filter(([what]) => what === 'scored').map(([, size]) => size), [1, 4]) // prettier-ignore
})

t.test('what has been admitted as a group is not refused, whatever comes in the same turn', async t => {
  const recommender = await serve(t, { maxQueue: 8 })
  recommender.admit(4)
  const group = {}
  const plain = [1, 2].map(n => recommender.recommend({ n }))
  const members = [1, 2, 3, 4].map(n => recommender.recommend({ userId: '4', n, explain: true }, group))
  t.same((await Promise.all([...plain, ...members])).map(({ movieIds }) => movieIds.length), [1, 2, 1, 2, 2, 2]) // prettier-ignore
})

t.test('what the graph says of a step that fails reaches its caller', async t => {
  const open = opening(() => ({ scoreCandidates: () => Promise.reject(new Error('score.onnx: no memory left')) }))
  const recommender = await serve(t, { open })
  await t.rejects(recommender.recommend({ userId: '4', n: 1, explain: true }), { message: 'score.onnx: no memory left' })
})

t.test('a group may see what some have rated, but neither what all have, nor what one rated below a like', async t => {
  const recommender = await serve(t)
  const rating = recommender.model.manifest.liked
  const histories = [[{ movieId: '2', rating }, { movieId: '6', rating }], ['2', { movieId: '3', rating: rating - 1 }]] // prettier-ignore
  const { movieIds } = await recommender.recommendGroup({ histories, seen: 'any', n: SIZE })
  t.same(
    movieIds.map(Number).toSorted((a, b) => a - b),
    [1, 4, 5, 6, 7, 8, 9, 10]
  )
})

t.test('a group has the people that were sent, and no others', async t => {
  const recommender = await serve(t)
  const { items } = await recommender.recommendGroup({ histories: [['2'], ['6']], n: 1, explain: true })
  t.match(items()[0].people, [{ because: [{ movieId: '2' }] }, { because: [{ movieId: '6' }] }])
  t.equal(items()[0].people?.length, 2)
})
