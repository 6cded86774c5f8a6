import t from 'tap'
import type { Factors } from '../../../models/train/export/factors.js'
import { graph } from '../../../models/train/export/graph.js'
import { inOrder, layoutOf } from '../../../models/train/export/layout.js'
import { group } from '../../../models/train/data/sparse-rows.js'
import type { Query } from '../../../src/recommender/scoring/query.js'
import { LONGEST_SHORT } from '../../../src/recommender/scoring/batching.js'
import { loadModel } from '../../../src/recommender/model/load-model.js'
import { Recommender } from '../../../src/recommender/recommender.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { chance, openGraph, query } from '../../fixtures/graphs.js'
import { LIMITS } from '../../fixtures/recommender.js'

/**
 * Six items in a plane, two to a block, and users who are what they like:
 *
 *     block 0   0: (4, 0)    1: (3, 0)
 *     block 1   2: (0, 2)    3: (0, 1)
 *     block 2   4: (0.5, 0)  5: (0, -0.4)
 *
 * After block 0 nothing scores more than twice the user's length, after block 1 nothing more than half of it.
 */
const plane: Factors = {
  items: 6,
  dimensions: 2,
  factors: Float32Array.of(4, 0, 3, 0, 0, 2, 0, 1, 0.5, 0, 0, -0.4),
  popularity: Float32Array.of(0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
  fade: 1
}
const pairs = [2, 4, 6]

t.test('each user pays for the blocks they need, and no more, whoever shares the batch', async t => {
  const { scannedRows } = await openGraph(t, plane, pairs)
  const first = query([0], [], 1) // 16 of at most 8
  const second = query([2], [], 1) // 0 of at most 4; then 4 of at most 1
  const third = query([4], [0, 1], 1) // nothing; then 0 of at most 0.25
  t.same(await scannedRows(first, second, third), [2, 4, 6])
  t.same(await scannedRows(third, first, first), [6, 2, 2])
  for (const [one, rows] of [[first, 2], [second, 4], [third, 6]] as const) t.same(await scannedRows(one), [rows]) // prettier-ignore
})

t.test('who is done is done exactly: a row that could still draw level is looked at', async t => {
  const level = { ...plane, factors: plane.factors.with(8, 3) }
  const { scannedRows } = await openGraph(t, level, pairs)
  t.same(await scannedRows(query([1], [0], 1)), [6], 'row 4 is the twin of row 1')
  t.same(await scannedRows(query([1], [], 1)), [2], 'row 0 beats them both')
})

t.test('an empty history stops as soon as nothing that is left is more popular', async t => {
  const all = await openGraph(t, plane, pairs)
  t.same(await all.scannedRows(query([], [], 1), query([], [], 3)), [4, 4], 'the largest k counts for the batch')
  t.same(await all.scannedRows(query([], [], 1), query([], [0, 1], 1)), [2, 4])
  const late = { ...plane, popularity: plane.popularity.with(5, 1) }
  const score = await openGraph(t, late, pairs)
  t.same(await score.scannedRows(query([], [], 1)), [6])
  t.same([...(await score(query([], [], 3)))[0].rows], [5, 0, 1])
})

t.test('fewer come when fewer are left, and none when everything is excluded', async t => {
  const score = await openGraph(t, plane, pairs)
  const rows = async (...asked: Query[]) => (await score(...asked)).map(({ rows }) => [...rows])
  t.same(await rows(query([0], [0, 1], 2)), [[4, 2]], 'an empty first block')
  t.same(await rows(query([2], [2, 3], 2)), [[0, 1]], 'an empty middle block')
  t.same(await rows(query([0], [4, 5], 6)), [[0, 1, 2, 3]], 'an empty last block')
  t.same(
    await rows(query([0], [0, 1, 2, 3, 4, 5], 6), query([0], [], 6)),
    [[], [0, 1, 4, 2, 3, 5]],
    'k is more than a block, and all there is'
  )
})

t.test('equal scores rank by row, across blocks too', async t => {
  const twins = { ...plane, factors: Float32Array.from(plane.factors, (_, i) => (i % 2 === 0 ? 1 : 0)), popularity: new Float32Array(6) }
  const score = await openGraph(t, twins, pairs)
  t.same([...(await score(query([5], [1], 6)))[0].rows], [0, 2, 3, 4, 5])
  t.same([...(await score(query([5], [1], 3)))[0].rows], [0, 2, 3])
})

t.test('answers are those of the plain graph, to the last bit, alone and in company, whatever the order of rows', async t => {
  for (let seed = 1; seed <= 12; seed++) {
    const { below, floats, rows } = chance(seed)
    const items = 40 + below(800)
    const d = [2, 7, 16, 32, 64, 128][seed % 6]
    // Norms fall by two orders of magnitude; with every third seed they do not fall in order.
    const norm = (row: number) => 0.01 ** (row / items)
    const factors: Factors = {
      items,
      dimensions: d,
      factors: floats(items * d).map((value, i) => value * norm(seed % 3 === 0 ? (i * 7919) % items : Math.floor(i / d))),
      popularity: Float32Array.from({ length: items }, (_, row) => below(50) / (50 + row)),
      fade: 0.05
    }
    const ends = () => [...new Set(rows(4, items - 1).map(row => row + 1))].sort((a, b) => a - b).concat(items)
    const [short, long] = [ends(), ends()]
    const queries = Array.from({ length: 40 }, (_, i) => {
      const history = rows(below(60), items)
      const weights = history.map(() => below(7) / 2 - (i % 3 === 0 ? 3 : 1))
      return query(history, rows(below(i % 5 === 0 ? 2 * items : 60), items), 1 + below(i % 4 === 0 ? items : 30), weights)
    })
    queries.push(query(rows(5, items), [], items))
    const plain = await (await openGraph(t, factors)).call(null, ...queries)
    const blocks = await openGraph(t, factors, short, long)
    const paid = new Set((await Promise.all(queries.map(one => blocks.scannedRows(one)))).flat())
    for (const size of [1, 3, 32, queries.length]) {
      const answers = []
      for (let i = 0; i < queries.length; i += size) answers.push(...(await blocks(...queries.slice(i, i + size))))
      t.same(answers, plain, `${items} items, ${d} dimensions, blocks to ${short.join(', ')} or ${long.join(', ')}, ${size} at a time`)
    }
    t.ok(paid.has(items), 'some need everything')
  }
})

t.test('factors that are not numbers are refused', async t => {
  await t.rejects(openGraph(t, { ...plane, factors: plane.factors.with(0, Number.NaN) }, pairs), /expected finite scores/)
})

t.test('long lists have blocks of their own', async t => {
  const { floats } = chance(5)
  const items = 400
  const line: Factors = {
    items,
    dimensions: 1,
    factors: floats(items).map((_, row) => 0.9 ** row),
    popularity: new Float32Array(items),
    fade: 1
  }
  const { scannedRows } = await openGraph(t, line, [100, 200, items], [300, items])
  t.same(await scannedRows(query([0], [], 10)), [100])
  t.same(await scannedRows(query([0], [], LONGEST_SHORT)), [200])
  t.same(await scannedRows(query([0], [], LONGEST_SHORT + 1)), [300])
  t.same(await scannedRows(query([0], [], 301)), [items])
})

t.test('blocks must rise to the number of items', t => {
  for (const ends of [
    [2, 4],
    [4, 2, 6],
    [2, 2, 6],
    [0, 6],
    [2, 7]
  ]) {
    for (const cuts of [{ short: ends, long: pairs }, { short: pairs, long: ends }]) t.throws(() => graph(plane, cuts), { message: `expected blocks whose ends rise from 1 to 6, the number of items; found ${ends.join(', ')}` }) // prettier-ignore
  }
  t.end()
})

t.test('the layout', async t => {
  const items = 16_384
  const d = 4
  const { floats, rows } = chance(3)
  const directions = floats(items * d)
  const withNorms = (norm: (item: number) => number): Factors => ({
    items,
    dimensions: d,
    factors: directions.map((_, i) => {
      const item = Math.floor(i / d)
      return (directions[i] / Math.hypot(...directions.subarray(item * d, (item + 1) * d))) * norm(item)
    }),
    popularity: Float32Array.from({ length: items }, (_, item) => 1 / (1 + item)),
    fade: 1
  })
  // fifty users with twenty likes each
  const user = Array.from({ length: 1000 }, (_, i) => i % 50)
  const likes = group(50, user, rows(1000, items), [...user.keys()])
  const asTheyAre = Array.from({ length: items }, (_, item) => item)
  const halves = (item: number) => 0.5 ** (((item * 7919) % items) / 1000)

  t.test('puts rows in the order of falling norm, and cuts them where most users are done', async t => {
    const factors = withNorms(halves)
    const { rowOrder, blockEnds } = layoutOf(factors, likes)
    t.ok(rowOrder.every((item, row) => row === 0 || halves(item) <= halves(rowOrder[row - 1])))
    t.same(blockEnds, { short: [1024, 2048, 4096, 8192, items], long: [3072, 6144, 12_288, items] })
    const score = await openGraph(t, inOrder(factors, rowOrder), blockEnds?.short, blockEnds?.long)
    const others = async (k: number) => score.scannedRows(...Array.from({ length: 50 }, () => query(rows(20, items), [], k)))
    t.ok((await others(10)).filter(rows => rows === 1024).length >= 40, 'others than the users of the training stop there, too')
    t.ok((await others(500)).filter(rows => rows === 3072).length >= 40, 'with long lists as well')
  })
  t.test('is for nine in ten of those who like something, without what they like', async t => {
    // Ten rows upwards, the longest; some 1,500 to the right; a hundred upwards; and the rest to the right again, shorter still.
    const isUp = (row: number): boolean => row < 10 || (row >= 1500 && row < 1600)
    const normOf = (row: number): number => (row < 10 ? 3 : row < 1500 ? 2 - row / 3000 : 1 / (row - 1498))
    const both: Factors = {
      items,
      dimensions: 2,
      factors: Float32Array.from({ length: 2 * items }, (_, i) => (isUp(i >> 1) === (i % 2 === 1) ? normOf(i >> 1) : 0)),
      popularity: new Float32Array(items),
      fade: 1
    }
    const people: Record<string, number[]> = {
      right: [10, 11], // and more of it among the first thousand rows
      up: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], // and more of it among the second thousand only
      nothing: []
    }
    const endsFor = (...crowds: [count: number, who: string][]) => {
      const liked = crowds.flatMap(([count, who]) => Array.from({ length: count }, () => people[who]))
      const person = liked.flatMap((rows, i) => rows.map(() => i))
      return layoutOf(both, group(liked.length, person, Int32Array.from(liked.flat()), [...person.keys()])).blockEnds?.short
    }
    const soon = [1024, 2048, 4096, 8192, items]
    const late = [2048, 4096, 8192, items]
    t.same(endsFor([40, 'right'], [5, 'up'], [5, 'right']), soon, 'five of fifty')
    t.same(endsFor([44, 'right'], [6, 'up']), late, 'six of fifty')
    t.same(endsFor([45, 'right'], [5, 'up'], [50, 'nothing']), soon, 'who likes nothing is not asked')
    t.same(endsFor([340, 'right'], [60, 'up']), late, 'of many, some of all are asked')
  })
  t.test('leaves them as they are when norms are equal: there is nothing to stop at', async t => {
    const factors = withNorms(() => 1)
    const { rowOrder, blockEnds } = layoutOf(factors, likes)
    t.same([...rowOrder], asTheyAre)
    t.equal(blockEnds, undefined)
  })
  t.test('leaves them as they are in a catalogue that is scored faster in one go', async t => {
    const { rowOrder, blockEnds } = layoutOf(withNorms(halves), likes, items + 1)
    t.same([...rowOrder], asTheyAre)
    t.equal(blockEnds, undefined)
    t.ok(layoutOf(withNorms(halves), likes, items).blockEnds, 'which one of that size is not')
  })
  t.test('scores long lists in one go where they need more than half of it', async t => {
    const slowly = (item: number) => 0.5 ** (((item * 7919) % items) / 12_000)
    t.same(layoutOf(withNorms(slowly), likes).blockEnds, { short: [2048, 4096, 8192, items], long: [items] })
  })
})

t.test('a folder in another order of rows, cut into blocks, answers as before', async t => {
  const layout = { rowOrder: Int32Array.of(9, 0, 8, 1, 7, 2, 6, 3, 5, 4), blockEnds: { short: [3, 6, 10], long: [10] } }
  const model = await loadModel(await trainCheckerboard(t.testdir(), { layout }), openScorer)
  t.same(model.items.movieIds, [10, 1, 9, 2, 8, 3, 7, 4, 6, 5])
  t.same(model.items.likes?.length, 10)
  const recommender = new Recommender(model, LIMITS)
  for (const [userId, movieIds] of Object.entries({ 3: [3, 4], 4: [4, 5], 7: [7, 8] })) {
    t.same((await recommender.recommend({ userId, n: 10 })).movieIds, movieIds)
  }
  await recommender.close()
})
