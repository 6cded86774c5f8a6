/** How well one list answers one user. */
export interface Scores {
  'NDCG@10': number
  'Recall@20': number
  'HitRate@10': number
  'NDCG@100': number
}

/** @param list item rows, best first  @param relevant what should be in it; at least one */
export function scoreList(list: ArrayLike<number>, relevant: ReadonlySet<number>): Scores {
  return {
    'NDCG@10': ndcg(list, relevant, 10),
    'Recall@20': recall(list, relevant, 20),
    'HitRate@10': hitRate(list, relevant, 10),
    'NDCG@100': ndcg(list, relevant, 100)
  }
}

/** Σ over hits at rank r of 1/log₂(r + 1), over the most that this many relevant items could reach. */
export function ndcg(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let gained = 0
  let ideal = 0
  for (let rank = 1; rank <= k; rank++) {
    const gain = 1 / Math.log2(rank + 1)
    if (rank <= list.length && relevant.has(list[rank - 1])) gained += gain
    if (rank <= relevant.size) ideal += gain
  }
  return gained / ideal
}

/** Hits in the first k, over the most there could be. */
export function recall(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  return hits(list, relevant, k) / Math.min(k, relevant.size)
}

export function hitRate(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  return hits(list, relevant, k) > 0 ? 1 : 0
}

function hits(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  let hits = 0
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i])) hits++
  return hits
}

/** The share of the catalogue that is among somebody's first k. */
export function coverage(lists: ArrayLike<number>[], catalogue: number, k = 10): number {
  const seen = new Set(lists.flatMap(list => Array.from(list).slice(0, k)))
  return seen.size / catalogue
}

/**
 * A 95 % interval for the mean over users, by resampling them: a user keeps all its values, one for each split.
 *
 * @param values one map a split, user to value
 * @param random a number from 0 to 1
 */
export function bootstrap(values: Map<number, number>[], random: () => number, rounds = 1000): [low: number, high: number] {
  const users = [...new Set(values.flatMap(split => [...split.keys()]))]
  const means: number[] = []
  for (let round = 0; round < rounds; round++) {
    const drawn = users.map(() => users[Math.floor(random() * users.length)])
    means.push(mean(values.map(split => mean(drawn.flatMap(user => split.get(user) ?? [])))))
  }
  means.sort((a, b) => a - b)
  return [means[Math.floor(0.025 * rounds)], means[Math.ceil(0.975 * rounds) - 1]]
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
