import t from 'tap'
import { flatten, rankingOf } from '../../../src/recommender/scoring/query.js'
import { bucketByLength, merge, pack } from '../../../src/recommender/scoring/batching.js'
import { query } from '../../fixtures/graphs.js'

const times = (length: number, row = 1): number[] => Array<number>(length).fill(row)

t.test('flatten lays the lists of all queries one after another: histories, with their weights, then what they exclude', async t => {
  const { rows, weights, ends, k } = flatten([query([1, 2], [3], 5, [0.5, -1]), query([], [], 7), query([6], [4, 5], 9)])
  t.same([...rows], [1, 2, 6, 3, 4, 5])
  t.same([...weights], [0.5, -1, 1])
  t.same([...ends], [2, 2, 3, 4, 4, 6])
  t.same([...k], [5, 7, 9])
})

t.test('pack pads with "no item" of weight 0 to a multiple of 16, and asks for the largest k', async t => {
  const queries = flatten([query([1, 2], [3], 5, [0.5, -1]), query([8]), query([], [], 7)])
  const { size, history, weights, exclude, k } = pack(queries, [0, 2], { items: 99 })
  t.match({ size, k }, { size: 2, k: 7 })
  t.same([...history].map(Number), [1, 2, ...times(14, 99), ...times(16, 99)], 'two rows of sixteen')
  t.same([...weights], [0.5, -1, ...times(30, 0)])
  t.same([...exclude].map(Number).slice(0, 2), [3, 99])
  t.equal(pack(flatten([query(times(17))]), [0], { items: 99 }).history.length, 32)
})

t.test('pack pads on the left where the graph wants that, weights too, and never wider than a history may be', async t => {
  const queries = flatten([query([1, 2], [3], 5, [0.5, -1])])
  const left = pack(queries, [0], { items: 99, pad: 'left', maxHistory: 5 })
  t.same([...left.history].map(Number), [99, 99, 99, 1, 2])
  t.same([...left.weights], [0, 0, 0, 0.5, -1])
  t.same([...left.exclude].map(Number), [3, ...times(15, 99)], 'what is excluded has no order, and any length')
  t.equal(pack(flatten([query(times(17))]), [0], { items: 99, maxHistory: 20 }).history.length, 20)
  t.equal(pack(queries, [0], { items: 99, maxHistory: 50, width: 50 }).history.length, 50, 'a graph of one length gets that')
})

t.test('merge gives each its own count, in the order of the queries and without what was not left', async t => {
  const queries = flatten([query([], [], 2), query([], [], 3), query([], [], 1)])
  const together = { items: Int32Array.of(5, 6, 7, 8, 9, 1), scores: Float32Array.of(3, 2, 1, 3, -Infinity, -Infinity) }
  const alone = { items: Int32Array.of(4), scores: Float32Array.of(9) }
  const rankings = merge(queries, [[2], [0, 1]], [alone, together])
  const ranked = [0, 1, 2].map(i => rankingOf(rankings, i))
  t.same(
    ranked.map(({ rows }) => [...rows]),
    [[5, 6], [8], [4]]
  )
  t.same(
    ranked.map(({ scores }) => [...scores]),
    [[3, 2], [3], [9]]
  )
})

t.test('merge gives nobody anything where nothing was left', async t => {
  const queries = flatten([query([], [], 2), query([], [], 2)])
  const rankings = merge(queries, [[0, 1]], [{ items: Int32Array.of(5, 6, 7, 8), scores: new Float32Array(4).fill(-Infinity) }])
  t.same([...rankings.counts], [0, 0])
})

t.test('bucketByLength keeps a heavy viewer apart from a crowd of light ones, and every query in one place', async t => {
  const crowd = Array.from({ length: 20 }, (_, i) => query(times(i * 5)))
  const heavy = query([1], times(2000))
  t.same(bucketByLength(flatten([...crowd, heavy])), [[...crowd.keys()], [20]])
  t.same(bucketByLength(flatten([heavy, crowd[0]])), [[0, 1]], 'not worth a second run')
})

t.test('bucketByLength keeps who asks for hundreds apart from those who ask for ten', async t => {
  t.same(bucketByLength(flatten([query([1], [], 10), query([1], [], 500), query([2], [], 128), query([2], [], 129)])), [
    [0, 2],
    [1, 3]
  ])
})

t.test('bucketByLength keeps a long list apart from a long history, each of them from the other', async t => {
  const light = Array.from({ length: 16 }, () => query([1]))
  const queries = [
    ...light,
    query(times(600)),
    query(times(300), [], 500),
    query(times(300)),
    query([1], [], 500),
    query(times(600), [], 500)
  ]
  t.same(bucketByLength(flatten(queries)), [[...light.keys()], [16], [17], [18], [19], [20]])
})

t.test('alike counts what is watched as what is excluded, by the longer of the two, in a crowd of sixteen and more', async t => {
  const light = (count: number) => Array.from({ length: count }, () => query([1], [2]))
  const middle = [query(times(129), [1]), query([1], times(512))]
  const heavy = [query([1], times(513)), query([1], times(700))]
  const border = query(times(128), times(128))
  const groups = bucketByLength(flatten([border, ...light(11), ...middle, ...heavy]))
  t.same(groups, [[...Array(12).keys()], [12, 13], [14, 15]])
  t.same(bucketByLength(flatten([...light(11), ...middle, ...heavy])), [[...Array(15).keys()]], 'fifteen are no crowd')
})

t.test('bucketByLength makes runs that look up 4,096 rows at most, padding included, however long one history is', async t => {
  const queries = [query(times(5000)), ...Array.from({ length: 9 }, () => query(times(1024)))]
  t.same(bucketByLength(flatten(queries)), [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]])
})

t.test('merge says how many rows were scored for each query, where the graph tells', async t => {
  const queries = flatten([query([], [], 1), query([], [], 1)])
  const found = (item: number) => ({ items: Int32Array.of(item), scores: Float32Array.of(1) })
  const told = [{ ...found(5), scannedRows: Int32Array.of(50) }, { ...found(6), scannedRows: Int32Array.of(60) }] // prettier-ignore
  t.same([...(merge(queries, [[1], [0]], told).scannedRows ?? [])], [60, 50])
  t.equal(merge(queries, [[1], [0]], [found(5), found(6)]).scannedRows, undefined)
})
