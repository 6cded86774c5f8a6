import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Factors } from '../../models/train/export/factors.js'
import { writeGraph } from '../../models/train/export/folder.js'
import { explain } from '../../src/recommender/reasons.js'
import type { Candidates } from '../../src/recommender/scoring/candidates.js'
import { openScorer, type Scorer } from '../../src/recommender/scoring/scorer.js'
import { flatten, rankingOf } from '../../src/recommender/scoring/query.js'
import { chance, query } from '../fixtures/graphs.js'

const ITEMS = 200
const D = 16
const { below, floats, rows } = chance(7)
const factors: Factors = {
  items: ITEMS,
  dimensions: D,
  factors: floats(ITEMS * D),
  popularity: floats(ITEMS).map(Math.abs),
  fade: 0.01
}
const root = t.testdir({ whole: {} })
const dir = join(root, 'whole')
await writeGraph(dir, factors)
const scorer = await openScorer(dir, { items: ITEMS, order: false }, 1, () => {})
const bare = join(root, 'bare')
await cp(dir, bare, { recursive: true })
await rm(join(bare, 'score.onnx'))
const withoutScores = await openScorer(bare, { items: ITEMS, order: false }, 1, () => {})
t.teardown(() => Promise.all([scorer.close(), withoutScores.close()]))

const someHistory = (length: number) => {
  const history = Int32Array.from(new Set(rows(length, ITEMS)))
  return { rows: history, weights: Float32Array.from(history, () => below(5) - 1.5) }
}

t.test('the shares of a sum and of popularity add up to the score, to float32', async t => {
  for (let length = 1; length < 180; length += 10) {
    const { rows: history, weights } = someHistory(length)
    const ranking = rankingOf(await scorer.score(flatten([query([...history], [...history], 10, [...weights])])), 0)
    const { contributions } = await scorer.scoreCandidates({ histories: [{ history, weights }], rows: ranking.rows.slice() })
    const reasons = await explain(scorer, true, { rows: history, weights }, ranking.rows.slice())
    const fade = Math.max(1 - 0.01 * weights.reduce((sum, w) => sum + w * w, 0), 1e-6)
    for (const [at, row] of ranking.rows.entries()) {
      const sum = Array.from(history, (_, entry) => contributions?.[0][entry * ranking.rows.length + at] ?? Number.NaN)
      const total = sum.reduce((sum, share) => sum + share, fade * factors.popularity[row])
      t.ok(Math.abs(total - ranking.scores[at]) < 1e-5 * Math.max(1, Math.abs(ranking.scores[at])), `${total} of ${ranking.scores[at]}`)
      t.ok(
        Math.abs(ranking.scores[at] - (reasons[at].total ?? Number.NaN) - fade * factors.popularity[row]) < 1e-4,
        'the rest is popularity'
      )
      const most = history.length > 0 ? Math.max(...sum) : 0
      if (most > 0) t.equal(reasons[at].because[0].share, Math.fround(most), 'the greatest comes first')
    }
  }
})

t.test('up to three for it and three against it, the strongest first, and nothing of an empty history', async t => {
  const history = someHistory(60)
  const reasons = await explain(scorer, true, history, Int32Array.of(3, 5))
  for (const { because, against } of reasons) {
    t.same([because.length, against.length], [3, 3])
    t.ok(because.every(({ share }, i) => share > 0 && (i === 0 || share <= because[i - 1].share)))
    t.ok(against.every(({ share }, i) => share < 0 && (i === 0 || share >= against[i - 1].share)))
    t.ok([...because, ...against].every(({ row }) => history.rows.includes(row)))
  }
  const none = { rows: new Int32Array(0), weights: new Float32Array(0) }
  for (const either of [scorer, withoutScores])
    t.same(await explain(either, true, none, Int32Array.of(3)), [{ because: [], against: [], total: 0 }])
  t.same(await explain(scorer, true, history, new Int32Array(0)), [])
  for (const either of [scorer, withoutScores]) t.same(await explain(either, false, history, new Int32Array(0)), [])
})

t.test('where a score is no sum, a share is the score less the score without the entry', async t => {
  const { rows: history, weights } = someHistory(70)
  const answered = Int32Array.of(11, 42)
  for (const [name, linear, scorers] of [
    ['not linear', false, scorer],
    ['no score.onnx', true, withoutScores]
  ] as const) {
    const reasons = await explain(scorers, linear, { rows: history, weights }, answered)
    t.ok(
      reasons.every(({ total }) => total === undefined),
      name
    )
    const [first] = reasons[1].because
    const others = [...history.keys()].filter(entry => history[entry] !== first.row)
    const score = async (entries: number[]) => {
      const one = {
        history: Int32Array.from(entries, entry => history[entry]),
        weights: Float32Array.from(entries, entry => weights[entry])
      }
      return (await scorer.scoreCandidates({ histories: [one], rows: answered })).scores[0][1]
    }
    t.ok(Math.abs(first.share - ((await score([...history.keys()])) - (await score(others)))) < 1e-5, name)
  }
})

t.test('a folder without score.onnx scores given rows through the graph that recommends, to the same figures', async t => {
  const histories = [3, 50, 120].map(someHistory).map(({ rows, weights }) => ({ history: rows, weights }))
  const some = Int32Array.from(new Set(rows(30, ITEMS)))
  const [own, other] = await Promise.all([scorer, withoutScores].map(each => each.scoreCandidates({ histories, rows: some })))
  for (const [i, scores] of own.scores.entries())
    t.ok(
      scores.every((score, at) => Math.abs(score - other.scores[i][at]) < 1e-4),
      `history ${i}`
    )
  t.match([other.contributions, other.likeness], [undefined, undefined])
  t.ok(
    some.every((_, at) => Math.abs((own.likeness?.[at * some.length + at] ?? 0) - 1) < 1e-5),
    'each is as it is itself'
  )
})

t.test('of a sum, the three greatest shares on either side are named, of equal ones the earlier, and none of nothing', async t => {
  const shares = [0.5, -0.25, 1, 0, 0.5, 0.75, -0.5, 0.25]
  const history = { rows: Int32Array.from(shares, (_, entry) => 10 + entry), weights: new Float32Array(shares.length).fill(1) }
  const graph = {
    scoreCandidates: async () => ({ scores: [Float32Array.of(3)], contributions: [Float32Array.from(shares)] })
  } as unknown as Scorer
  t.same(await explain(graph, true, history, Int32Array.of(1)), [
    {
      because: [{ row: 12, share: 1 }, { row: 15, share: 0.75 }, { row: 10, share: 0.5 }],
      against: [{ row: 16, share: -0.5 }, { row: 11, share: -0.25 }],
      total: 2.25
    }
  ]) // prettier-ignore
  const none = { rows: new Int32Array(0), weights: new Float32Array(0) }
  t.same(await explain(graph, true, none, Int32Array.of(1)), [{ because: [], against: [], total: 0 }])
  t.same(await explain(graph, false, none, Int32Array.of(1)), [{ because: [], against: [] }])
})

t.test('what adds nothing to a score is no reason', async t => {
  const graph = {
    scoreCandidates: async () => ({ scores: [Float32Array.of(1)], contributions: [Float32Array.of(0.5, 0, -0.5)] })
  } as unknown as Scorer
  const history = { rows: Int32Array.of(10, 11, 12), weights: Float32Array.of(1, 1, 1) }
  t.same(await explain(graph, true, history, Int32Array.of(1)), [
    { because: [{ row: 10, share: 0.5 }], against: [{ row: 12, share: -0.5 }], total: 0 }
  ])
})

t.test('histories without one entry go together, as many as have 4,096 entries', async t => {
  const runs: number[] = []
  const graph = {
    async scoreCandidates({ histories }: Candidates) {
      runs.push(histories.length)
      return { scores: histories.map(() => Float32Array.of(1)) }
    }
  } as unknown as Scorer
  await explain(graph, false, { rows: Int32Array.from({ length: 128 }, (_, row) => row), weights: new Float32Array(128) }, Int32Array.of(1))
  t.same(runs, [1, 32, 32, 32, 32], 'the whole history, then each of 128 left out once')
})
