import t from 'tap'
import { balanced, leastMisery, union } from '../../src/recommender/group.js'
import { type GroupRequest, type Recommendation } from '../../src/recommender/recommender.js'
import type { CandidateScorer } from '../../src/recommender/scoring/candidates.js'
import { SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { openRecommender } from '../fixtures/recommender.js'

const recommender = await openRecommender(t, await trainCheckerboard(t.testdir()))
const ids = async (request: Omit<GroupRequest, 'n'>) => (await recommender.recommendGroup({ n: SIZE, ...request })).movieIds
const rising = (movieIds: string[]) => movieIds.map(Number).sort((a, b) => a - b)

const history = (rows: number[], weights: number[]) => ({ rows: Int32Array.from(rows), weights: Float32Array.from(weights) })

t.test('each person weighs the same, however much they have rated', t => {
  const scaled = balanced([history([1, 2, 3], [1, 1, -1]), history([3], [1]), history([], [])])
  t.same(scaled, [history([1, 2, 3], [2 / 3, 2 / 3, -2 / 3]), history([3], [2]), history([], [])])
  t.same([...union(scaled)].map(([row]) => row), [1, 2, 3]) // prettier-ignore
  t.ok(Math.abs((union(scaled).get(3) ?? 0) - 4 / 3) < 1e-6, 'what two of them rated has both weights')
  t.same(balanced([history([], [])]), [history([], [])])
  t.end()
})

t.test('a group of one is that person', async t => {
  const items = async (answer: Promise<Recommendation>) => (await answer).items()
  t.same(await items(recommender.recommendGroup({ users: ['4'], n: SIZE })), await items(recommender.recommend({ userId: '4', n: SIZE })))
  const history = ['2', '6', '1']
  t.same(
    await items(recommender.recommendGroup({ histories: [history], n: SIZE })),
    await items(recommender.recommend({ history, n: SIZE }))
  )
})

t.test('the order of people changes nothing', async t => {
  const items = async (...histories: string[][]) => (await recommender.recommendGroup({ histories, n: SIZE })).items()
  t.same(await items(['2', '4'], ['1'], ['6']), await items(['6'], ['1'], ['2', '4']))
})

t.test('nothing comes that one of them has rated, unless that is asked for; then not what all rated or one disliked', async t => {
  t.same(await ids({ users: ['3', '4'] }), ['4'], 'user 3 has not seen 3 and 4, user 4 not 4 and 5')
  t.same(rising(await ids({ users: ['3', '4'], seen: 'any' })), [4, 5], 'user 4 has disliked 3, and user 3 loves 5')
})

t.test('one with a short history is heard as loudly as one with a long one', async t => {
  const oddAgainstEven = async (answer: Promise<Recommendation>) => {
    const items = (await answer).items()
    const best = (odd: number) => items.find(({ movieId }) => Number(movieId) % 2 === odd)?.score ?? Number.NaN
    return best(1) / best(0)
  }
  t.ok((await oddAgainstEven(recommender.recommend({ history: ['2', '4', '6', '1'], n: SIZE }))) < 0.5, 'one history: three against one')
  t.ok(
    (await oddAgainstEven(recommender.recommendGroup({ histories: [['2', '4', '6'], ['1']], n: SIZE }))) > 0.8,
    'a group: one against one'
  )
})

t.test('where the least happy one decides, what all like a little beats what one loves and another does not', async t => {
  const both = { histories: [['2', '4', '6', '8'], ['1']], mode: 'everyone' } as const
  const list = await ids(both)
  t.same(rising(list), [3, 5, 7, 9, 10])
  t.notSame(list, await ids({ ...both, mode: 'together' }))
  t.same(await ids({ users: ['nobody'], mode: 'everyone' }), await ids({ users: ['nobody'] }), 'nobody has a say')
})

t.test('reasons are told for each person, from their own history', async t => {
  const { reasons, items } = await recommender.recommendGroup({ users: ['4'], histories: [['1']], n: 1, explain: true })
  t.equal(reasons, 'sum')
  const [{ people = [] }] = items()
  t.same(people.map(({ userId }) => userId), ['4', undefined]) // prettier-ignore
  t.ok(people[0].because.every(({ movieId, share }) => Number(movieId) % 2 === 0 && share > 0))
  t.ok([...people[1].because, ...people[1].against].every(({ movieId }) => movieId === '1'))
})

t.test('the happiness of the least happy one orders: of each, from the lowest to the highest score that they give', async t => {
  const ranking = { rows: Int32Array.of(7, 8, 9), scores: Float32Array.of(3, 2, 1) }
  /** A graph that gives these scores, a line for each person. */
  const graph = (...scores: number[][]): CandidateScorer => ({
    async scoreCandidates({ histories }) {
      return { scores: histories.map(({ history: [person] }) => Float32Array.from(scores[person])) }
    }
  })
  const [ann, bob, nobody] = [history([0], [1]), history([1], [1]), history([], [])]
  const order = async (people: (typeof ann)[], ...scores: number[][]) => [...(await leastMisery(ranking, people, graph(...scores))).rows]
  t.same(await order([ann, bob, nobody], [10, 6, 0], [0, 50, 100]), [8, 7, 9], 'nobody is unhappy with 8; of equals the better stays first')
  t.same(await order([ann, bob], [10, 20, 30], [4, 4, 4]), [9, 8, 7], 'who likes all the same leaves it to the other')
  t.same(await order([ann, bob], [110, 106, 100], [-100, -50, 0]), [8, 7, 9], 'whatever their lowest score is')
  t.equal(await leastMisery(ranking, [nobody], graph()), ranking)
  t.same((await leastMisery({ rows: new Int32Array(0), scores: new Float32Array(0) }, [ann], graph())).rows.length, 0)
})

t.test('happiness is measured among the first hundred, and what comes after them stays where it is', async t => {
  const length = 101
  const ranking = { rows: Int32Array.from({ length }, (_, row) => row), scores: new Float32Array(length) }
  // Ann likes the first better than the third, and bob the other way round. Only one after the hundred is bad for ann.
  const ann = (row: number): number => [3, 2, 1][row] ?? (row < 100 ? 1 : -1000)
  const bob = (row: number): number => [1, 1.8, 3][row] ?? 1
  const scorer: CandidateScorer = {
    async scoreCandidates({ histories, rows }) {
      return { scores: histories.map(({ history: [person] }) => Float32Array.from(rows, person === 0 ? ann : bob)) }
    }
  }
  const { rows } = await leastMisery(ranking, [history([0], [1]), history([1], [1])], scorer)
  t.same([...rows.subarray(0, 4)], [1, 0, 2, 3], 'both are somewhat happy with the second')
  t.equal(rows[100], 100)
})
