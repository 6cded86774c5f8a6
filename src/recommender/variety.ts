import type { Ranking } from './scoring/query.js'

/** How many of the best are ordered anew. */
export const FIRST = 100

/** How far the positions of another list stray. */
const SPREAD = 0.2

/**
 * Another honest list: the first hundred, each moved by chance to the position p · e^(spread · g), where g is drawn from Gumbel's
 * distribution. That is sampling without replacement from a Plackett-Luce model: https://arxiv.org/abs/1903.06059. The best
 * stay near the top, and the same seed gives the same list.
 */
export function shuffled(ranking: Ranking, seed: number): Ranking {
  const position = (rank: number): number => Math.log(rank + 1) - SPREAD * gumbel(uniform(seed, ranking.rows[rank]))
  return reordered(ranking, ranks => ranks.sort((a, b) => position(a) - position(b)))
}

/**
 * Maximal marginal relevance over the first hundred: again and again the item with the most of
 *
 *     (1 - variety) · relevance - variety · likeness to the nearest of those before it
 *
 * where relevance falls from 1 to 0 as the scores do. Carbonell and Goldstein, "The Use of MMR" (1998),
 * https://doi.org/10.1145/290941.291025.
 *
 * @param likeness [first, first], of the first hundred
 */
export function varied(ranking: Ranking, likeness: (a: number, b: number) => number, variety: number): Ranking {
  // the scores of the ranks, whoever has been moved there
  const scores = ranking.scores.slice(0, FIRST).sort().reverse()
  const span = scores[0] - scores[scores.length - 1] || 1
  const gains = Array.from(scores, score => ((1 - variety) * (score - scores[scores.length - 1])) / span)
  const nearest = new Float64Array(scores.length)
  return reordered(ranking, left => {
    const order: number[] = []
    while (left.length > 0) {
      let best = 0
      const worth = (i: number): number => gains[left[i]] - variety * nearest[left[i]]
      for (let i = 1; i < left.length; i++) if (worth(i) > worth(best)) best = i
      const [next] = left.splice(best, 1)
      order.push(next)
      for (const other of left)
        nearest[other] = order.length === 1 ? likeness(next, other) : Math.max(nearest[other], likeness(next, other))
    }
    return order
  })
}

/** The first hundred in another order, and the rest as it was. */
export function reordered({ rows, scores }: Ranking, order: (ranks: number[]) => number[]): Ranking {
  const ranks = [...rows.keys()]
  const all = [...order(ranks.slice(0, FIRST)), ...ranks.slice(FIRST)]
  return { rows: Int32Array.from(all, rank => rows[rank]), scores: Float32Array.from(all, rank => scores[rank]) }
}

const gumbel = (uniform: number): number => -Math.log(-Math.log(uniform))

/** A number between 0 and 1 for a seed and a row: the last steps of MurmurHash3, https://github.com/aappleby/smhasher. */
function uniform(seed: number, row: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(row + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
