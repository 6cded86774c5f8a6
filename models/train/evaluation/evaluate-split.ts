import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { likesOf, type Likes } from '../data/likes.js'
import type { Ratings } from '../data/ratings.js'
import { counts } from '../data/sparse-rows.js'
import { writeModel } from '../export/folder.js'
import { makeModel } from '../model/make.js'
import type { Settings } from '../model/settings.js'
import { popularity, type Ranker } from './baselines.js'
import { ease, MOST_USERS } from './ease.js'
import { itemKnn } from './item-knn.js'
import { coverage, dislikedShare, mean, novelty, popularShare, type Scores, scoreList } from './metrics.js'
import { peopleOf, type Person, withLikes } from './people.js'
import { serve } from './served.js'
import type { Split, Users } from './splits.js'

/** One ranker's result with the people of one split: the scores of each, and what their lists are like together. */
export interface Result {
  scores: Map<number, Scores>
  together: Record<string, number>
}

/** Results by kind of people, `known users` or `new users with 3 likes`, and then by ranker. */
export type Results = Record<string, Record<string, Result>>

export interface Evaluated {
  results: Results
  /** by kind of users: who could be judged, and why the others could not */
  judged: Partial<Record<Users, string>>
}

export interface Judging {
  /** a rating of at least this is a like */
  like: number
  /** how many people to judge at most */
  most: number
  seed: string
  /** lengths of short histories of new users that are tried as well */
  short: number[]
}

/** The rankers that a model is compared with, trained on the same ratings. */
export function baselinesFor(likes: Likes, like: number): Record<string, Ranker> {
  const { byUser, byItem } = likes
  const users = counts(byUser).filter(count => count > 0).length
  return {
    ...(users <= MOST_USERS && { EASE: ease(byUser, byItem, like) }),
    'item-kNN': itemKnn(byUser, byItem, like),
    popularity: popularity(counts(byItem))
  }
}

/** Judges rankers with the people of a split. A part that cannot be judged says why, and leaves the others as they are. */
export async function evaluateSplit(split: Split, rankers: Record<string, Ranker>, judging: Judging): Promise<Evaluated> {
  const evaluated: Evaluated = { results: {}, judged: {} }
  const { like, seed, most } = judging
  const { userIds, movieIds, user, item } = split.train
  const trained = { likes: counts(likesOf(split.train, like).byItem), catalogue: new Set(item).size, users: new Set(user).size }
  for (const users of Object.keys(split.tests) as Users[]) {
    const { people, judged } = peopleOf(split.tests[users]!, like, most, seed)
    evaluated.judged[users] = judged
    if (people.length === 0) continue
    evaluated.results[users] = await resultsOf(people, rankers, trained)
    for (const count of users === 'new users' ? judging.short : []) {
      const short = people.flatMap(
        person => withLikes(person, count, like, item => `${seed}:short:${userIds[person.user]}:${movieIds[item]}`) ?? []
      )
      if (short.length > 0)
        evaluated.results[`${users} with ${count} ${count === 1 ? 'like' : 'likes'}`] = await resultsOf(short, rankers, trained)
    }
  }
  return evaluated
}

/** What was trained on: the likes of each item, how many items somebody rated, and how many users did. */
interface Trained {
  likes: Int32Array
  catalogue: number
  users: number
}

async function resultsOf(
  people: Person[],
  rankers: Record<string, Ranker>,
  { likes, catalogue, users }: Trained
): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {}
  for (const [name, ranker] of Object.entries(rankers)) {
    const lists = await ranker.rank(people, 100)
    results[name] = {
      scores: new Map(people.map(({ user, relevant }, i) => [user, scoreList(lists[i], relevant)])),
      together: {
        'Coverage@10': coverage(lists, catalogue),
        'Novelty@10': novelty(lists, likes, users),
        'Popular@10': popularShare(lists, likes),
        'Disliked@20': dislikedShare(lists, people)
      }
    }
  }
  return results
}

/** The means that a table shows. */
export function means({ scores, together }: Result): Record<string, number> {
  const all = [...scores.values()]
  const names = Object.keys(all[0]) as (keyof Scores)[]
  return { ...Object.fromEntries(names.map(name => [name, mean(all.map(scores => scores[name]))])), ...together }
}

/** Trains on the ratings, writes a model folder, and gives `use` that folder as the service serves it. */
export async function withTrained<Value>(
  ratings: Ratings,
  settings: Settings,
  threads: number,
  use: (ranker: Ranker) => Promise<Value>,
  onStep?: (note: string) => void
): Promise<Value> {
  const made = await makeModel(ratings, settings, threads, onStep)
  const dir = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
  const out = join(dir, 'evaluated', '1')
  const about = {
    created: '2000-01-01',
    command: 'npm run evaluate',
    data: { file: '', sha256: '', licence: 'not stated', ratings: 0, likes: 0, users: 0 },
    hyperparameters: {}
  }
  try {
    await writeModel(out, { ...made, histories: false }, about, async () => {})
    const served = await serve(out, ratings.movieIds, threads)
    return await use(served).finally(() => served.close())
  } finally {
    await rm(dir, { recursive: true })
  }
}
