import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flatten, type Query, rankingOf } from '../../../src/recommender/scoring/query.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { fit, type Settings } from '../ials/fit.js'
import type { Factors } from '../export/factors.js'
import { writeGraph } from '../export/folder.js'
import { coverage, mean, type Scores, scoreList } from './metrics.js'
import { counts, group, type Rows, rowOf } from '../data/sparse-rows.js'
import { likesOf } from '../data/likes.js'
import type { Split } from './splits.js'

/** A model's result on one split: the scores of each user, and the share of the catalogue that it recommends. */
export interface SplitResult {
  users: Map<number, Scores>
  coverage: number
}

/** Trains on a split and evaluates the graph, run by a real session, and popularity, on the same users. */
export async function evaluateSplit(
  split: Split,
  settings: Settings,
  threads: number
): Promise<{ model: SplitResult; popularity: SplitResult }> {
  const { train, foldIn, test } = split
  const likes = likesOf(train, settings.like)
  const all = (ratings: typeof foldIn): Rows =>
    group(ratings.userIds.length, ratings.user, ratings.item, Int32Array.from(ratings.user.keys()))
  const seen = all(foldIn)
  const liked = likesOf(foldIn, settings.like).byUser
  const relevant = likesOf(test, settings.like).byUser
  const catalogue = new Set(train.item).size

  const users = [...counts(relevant)].flatMap((count, user) => (count > 0 ? [user] : []))
  if (users.length === 0) throw new Error('the held-out part has no likes to find: more ratings are needed to evaluate')
  const queries = users.map(user => ({
    history: rowOf(liked, user).toSorted(),
    weights: new Float32Array(rowOf(liked, user).length).fill(1),
    exclude: rowOf(seen, user),
    k: Math.min(100, train.movieIds.length)
  }))
  const evaluated = (lists: ArrayLike<number>[]): SplitResult => ({
    users: new Map(users.map((user, i) => [user, scoreList(lists[i], new Set(rowOf(relevant, user)))])),
    coverage: coverage(lists, catalogue)
  })

  const factors = await fit(likes, settings, threads)
  const popular = byCount(counts(likes.byItem))
  return {
    model: evaluated(await withScorer(factors, scorer => rank(scorer, queries))),
    popularity: evaluated(queries.map(({ exclude }) => without(popular, exclude, 100)))
  }
}

/** The means that a table shows. */
export function means({ users, coverage }: SplitResult): Record<string, number> {
  const all = [...users.values()]
  const names = Object.keys(all[0]) as (keyof Scores)[]
  return { ...Object.fromEntries(names.map(name => [name, mean(all.map(scores => scores[name]))])), 'Coverage@10': coverage }
}

async function rank(scorer: Scorer, queries: Query[]): Promise<Int32Array[]> {
  const lists: Int32Array[] = []
  for (let from = 0; from < queries.length; from += 64) {
    const batch = queries.slice(from, from + 64)
    const rankings = await scorer.score(flatten(batch))
    lists.push(...batch.map((_, i) => rankingOf(rankings, i).rows))
  }
  return lists
}

async function withScorer<Result>(factors: Factors, use: (scorer: Scorer) => Promise<Result>): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  try {
    await writeGraph(dir, factors)
    const scorer = await openScorer(dir, factors.items, 1, () => {})
    return await use(scorer).finally(() => scorer.close())
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** Item rows by falling number of likes; equal numbers by row, which means by movie id. */
function byCount(likes: Int32Array): number[] {
  return [...likes.keys()].sort((a, b) => likes[b] - likes[a] || a - b)
}

function without(list: number[], exclude: Int32Array, k: number): number[] {
  const left: number[] = []
  const excluded = new Set(exclude)
  for (const row of list) {
    if (left.length === k) break
    if (!excluded.has(row)) left.push(row)
  }
  return left
}
