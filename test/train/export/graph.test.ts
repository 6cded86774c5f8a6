import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import type { Factors } from '../../../models/train/export/factors.js'
import { graph } from '../../../models/train/export/graph.js'
import { chance, openGraph, query } from '../../fixtures/graphs.js'

const ITEMS = 300
const D = 8
const { below, floats, rows } = chance(1)
const factors: Factors = {
  items: ITEMS,
  dimensions: D,
  factors: floats(ITEMS * D),
  popularity: Float32Array.from({ length: ITEMS }, (_, item) => ((item * 7) % 50) / 50),
  fade: 1 / 8
}
// rows 100 and 200 are twins
factors.factors.copyWithin(200 * D, 100 * D, 101 * D)
factors.popularity[200] = factors.popularity[100]

const scorer = (t: Test, of = factors) => openGraph(t, of)

/** Σ wᵢ yᵢ · y + max(1 - Σ w² / 8, 10⁻⁶) p for every item, in double precision. */
function plainScores(history: number[], weights: number[]): number[] {
  const { factors: y, popularity } = factors
  const user = Array.from({ length: D }, (_, a) => history.reduce((sum, item, i) => sum + weights[i] * y[item * D + a], 0))
  const fade = Math.max(1 - weights.reduce((sum, w) => sum + w * w, 0) / 8, 1e-6)
  return Array.from(popularity, (p, item) => fade * p + user.reduce((total, value, a) => total + value * y[item * D + a], 0))
}

/** Weights of every kind: likes, half likes, dislikes. */
const someWeights = (count: number) => Array.from({ length: count }, () => below(7) / 2 - 1)

const someRows = (count: number) => rows(count, ITEMS)

t.test('the default model is what is written today, byte for byte', async t => {
  const read = (name: string) => readFile(`models/movielens/2/${name}`)
  const { items } = JSON.parse((await read('manifest.json')).toString())
  const weights = await read('weights.bin')
  let at = 0
  const next = (length: number) => new Float32Array(Uint8Array.from(weights.subarray(at, (at += 4 * length))).buffer)
  const dimensions = 128
  const nextRows = (fade: number): Factors => {
    // the row and the prior of "no item" come after those of the items
    const [factors, , popularity] = [next(items * dimensions), next(dimensions), next(items), next(1)]
    return { items, dimensions, factors, popularity, fade }
  }
  const files = graph(nextRows(0.1), undefined, nextRows(1e6))
  t.same(Object.keys(files).sort(), ['model.onnx', 'score.onnx', 'similar.onnx', 'weights.bin'])
  for (const [name, bytes] of Object.entries(files)) t.ok((await read(name)).equals(bytes), name)
})

t.test('agrees with plain weighted sums and dot products, and with a prior that fades', async t => {
  const score = await scorer(t)
  for (let i = 0; i < 20; i++) {
    const history = someRows(i % 2 === 0 ? i / 2 : 3 * i)
    const weights = someWeights(history.length)
    const expected = plainScores(history, weights)
    const [{ rows, scores }] = await score(query(history, [], ITEMS, weights))
    t.equal(new Set(rows).size, ITEMS, 'every item once')
    t.ok(
      rows.every((row, rank) => Math.abs(scores[rank] - expected[row]) < 1e-4),
      'each with its score'
    )
    t.ok(
      scores.every((value, rank) => rank === 0 || value <= scores[rank - 1]),
      'best first'
    )
  }
})

t.test('equal scores rank by row', async t => {
  const score = await scorer(t)
  const [{ rows }] = await score(query([3, 5], [], ITEMS))
  t.equal(rows.indexOf(200), rows.indexOf(100) + 1)
})

t.test('an empty history is answered with what is popular, exactly', async t => {
  const score = await scorer(t)
  const [{ rows }] = await score(query([], [], 60))
  const popular = [...factors.popularity.keys()].sort((a, b) => factors.popularity[b] - factors.popularity[a] || a - b)
  t.same([...rows], popular.slice(0, 60))
})

t.test('the prior changes no order that a full history decides', async t => {
  const histories = Array.from({ length: 50 }, () => someRows(20))
  const withPrior = await (await scorer(t)).call(null, ...histories.map(history => query(history, [], 20)))
  const score = await scorer(t, { ...factors, popularity: factors.popularity.map(() => 0) })
  const without = await score(...histories.map(history => query(history, [], 20)))
  t.same(
    withPrior.map(({ rows }) => [...rows]),
    without.map(({ rows }) => [...rows])
  )
})

t.test('what is excluded never comes back, and fewer come when fewer are left', async t => {
  const score = await scorer(t)
  const allBut = (left: number[]) => [...Array(ITEMS).keys()].filter(row => !left.includes(row))
  const answers = await score(query([1], allBut([7, 9])), query([1], allBut([])), query([1], someRows(200), ITEMS))
  t.same([...answers[0].rows].sort(), [7, 9])
  t.same([...answers[1].rows], [])
  t.ok(answers[2].rows.length < ITEMS && answers[2].scores.every(Number.isFinite))
})

t.test('a batch gives the same bytes as one by one, whatever its lengths and counts', async t => {
  const score = await scorer(t)
  const queries = Array.from({ length: 70 }, (_, i) => {
    const history = someRows((i * 13) % 150)
    return query(history, someRows((i * 29) % 200), 1 + (i % 40), someWeights(history.length))
  })
  const together = await score(...queries)
  for (const [i, one] of queries.entries()) t.same((await score(one))[0], together[i])
})
