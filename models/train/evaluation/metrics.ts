import type { Person } from './people.js'

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

function hits(list: ArrayLike<number>, wanted: ReadonlySet<number>, k: number): number {
  let hits = 0
  for (let i = 0; i < Math.min(k, list.length); i++) if (wanted.has(list[i])) hits++
  return hits
}

/** The share of the catalogue that is among somebody's first k. */
export function coverage(lists: ArrayLike<number>[], catalogue: number, k = 10): number {
  const shown = new Set(lists.flatMap(list => Array.from(list).slice(0, k)))
  return shown.size / catalogue
}

/** How surprising the first k are: the mean of -log₂(likes of an item / users), in bits. */
export function novelty(lists: ArrayLike<number>[], likes: Int32Array, users: number, k = 10): number {
  return meanOfFirst(lists, k, item => Math.log2(users / Math.max(likes[item] ?? 0, 1)))
}

/** Which share of the first k is among the hundred most popular. */
export function popularShare(lists: ArrayLike<number>[], likes: Int32Array, k = 10): number {
  const order = [...likes.keys()].sort((a, b) => likes[b] - likes[a] || a - b)
  const popular = new Set(order.slice(0, 100))
  return meanOfFirst(lists, k, item => (popular.has(item) ? 1 : 0))
}

/** Of the items among the first k that people had rated, and nobody had told the model, the share that they disliked. */
export function dislikedShare(lists: ArrayLike<number>[], people: readonly Pick<Person, 'rated' | 'disliked'>[], k = 20): number {
  const count = (which: 'rated' | 'disliked'): number => lists.reduce((sum, list, i) => sum + hits(list, people[i][which], k), 0)
  return count('disliked') / Math.max(count('rated'), 1)
}

function meanOfFirst(lists: ArrayLike<number>[], k: number, valueOf: (item: number) => number): number {
  let sum = 0
  let count = 0
  for (const list of lists) {
    for (let i = 0; i < Math.min(k, list.length); i++) {
      sum += valueOf(list[i])
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}

/**
 * A 95 % interval for the mean over users, by resampling them: a user keeps all its values, one for each split. A split of which
 * no user is drawn does not count in that round.
 *
 * @param values one map a split, user to value; at least one value in all
 * @param random a number from 0 to 1
 */
export function bootstrap(values: ReadonlyMap<number, number>[], random: () => number, rounds = 1000): [low: number, high: number] {
  const users = [...new Set(values.flatMap(split => [...split.keys()]))]
  const splits = values.map(split => Float64Array.from(users, user => split.get(user) ?? Number.NaN))
  const means: number[] = []
  const drawn = new Int32Array(users.length)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = Math.floor(random() * users.length)
    means.push(mean(splits.flatMap(split => meanOfThose(split, drawn))))
  }
  means.sort((a, b) => a - b)
  return [means[Math.floor(0.025 * rounds)], means[Math.ceil(0.975 * rounds) - 1]]
}

/** The mean of what there is, or nothing. */
function meanOfThose(values: Float64Array, drawn: Int32Array): number[] {
  let sum = 0
  let count = 0
  for (const i of drawn) {
    const value = values[i]
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return count === 0 ? [] : [sum / count]
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
