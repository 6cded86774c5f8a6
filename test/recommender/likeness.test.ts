import t from 'tap'
import { likenessOf } from '../../src/recommender/likeness.js'
import type { Scorer } from '../../src/recommender/scoring/scorer.js'

const rows = Int32Array.of(7, 8, 9)
/** Answers as a graph would, and notes which histories it was asked for. */
function scorer(answer: { likeness?: Float32Array; scores: number[][] }) {
  const asked: number[][] = []
  const scoreCandidates = async ({ histories }: { histories: { history: Int32Array }[] }) => {
    asked.push(histories.map(({ history }) => history[0]))
    return { likeness: answer.likeness, scores: answer.scores.map(own => Float32Array.from(own)) }
  }
  return { asked, scorer: { scoreCandidates } as unknown as Scorer }
}

t.test('a graph that tells how alike rows are is asked once, with one history', async t => {
  const { asked, scorer: graph } = scorer({ likeness: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), scores: [] })
  const likeness = await likenessOf(graph, rows)
  t.same([likeness(0, 0), likeness(0, 2), likeness(2, 0), likeness(1, 2)], [1, 3, 7, 6])
  t.same(asked, [[7]])
})

t.test('of one that does not, it is what each row alone recommends, from 0 for the lowest to 1 for the highest', async t => {
  const { asked, scorer: graph } = scorer({ scores: [[10, 4, 2], [5, 5, 5], [-1, 0, 3]] }) // prettier-ignore
  const likeness = await likenessOf(graph, rows)
  t.same([0, 1, 2].map(b => likeness(0, b)), [1, 0.25, 0]) // prettier-ignore
  t.same([0, 1, 2].map(b => likeness(1, b)), [0, 0, 0], 'where all score the same, none is alike') // prettier-ignore
  t.same([0, 1, 2].map(b => likeness(2, b)), [0, 0.25, 1]) // prettier-ignore
  t.same(asked, [[7], [7, 8, 9]])
})
