import { indicesOf, type Ratings } from '../data/ratings.js'
import { starsOf, scaleOf } from '../data/scale.js'
import { group, type Rows, rowOf } from '../data/sparse-rows.js'
import { sampleBy, type Test } from './splits.js'

/** A user whose recommendations are judged. Items are numbered as in the ratings. */
export interface Person {
  user: number
  /** what a request brings, oldest first */
  history: { item: number; rating: number }[]
  /** all they have rated: never recommended */
  seen: Int32Array
  /** the likes that should be found: at least one */
  relevant: ReadonlySet<number>
  /** what they turned out to dislike, and to have rated at all */
  disliked: ReadonlySet<number>
  rated: ReadonlySet<number>
}

/** The people of a test that can be judged, and why the others cannot. */
export interface People {
  people: Person[]
  /** a sentence */
  judged: string
}

/** Below this many stars a rating is a dislike. */
const DISLIKED = 3

/**
 * Everybody of whom a like is held out; of very many, a sample.
 *
 * @param like a rating of at least this is a like
 * @param most how many people to judge
 */
export function peopleOf({ foldIn, held }: Test, like: number, most: number, seed: string): People {
  const byUser = rowsByUser(held)
  const told = rowsByUser(foldIn)
  const here = held.userIds.map((_, user) => user).filter(user => rowOf(told, user).length + rowOf(byUser, user).length > 0)
  const enough = here.filter(user => rowOf(byUser, user).length > 0)
  const able = enough.filter(user => rowOf(byUser, user).some(i => held.rating[i] >= like))
  const chosen = sampleBy(able, most, user => `${seed}:judged:${held.userIds[user]}`).sort((a, b) => a - b)
  const isDisliked = dislikes(foldIn, held, like)
  const people = chosen.map(user => {
    const kept = [...rowOf(told, user)].sort((a, b) => foldIn.timestamp[a] - foldIn.timestamp[b] || foldIn.item[a] - foldIn.item[b])
    const hidden = [...rowOf(byUser, user)]
    const those = (keep: (i: number) => boolean): Set<number> => new Set(hidden.filter(keep).map(i => held.item[i]))
    return {
      user,
      history: kept.map(i => ({ item: foldIn.item[i], rating: foldIn.rating[i] })),
      seen: Int32Array.from(kept, i => foldIn.item[i]),
      relevant: those(i => held.rating[i] >= like),
      disliked: those(i => isDisliked(held.rating[i])),
      rated: those(() => true)
    }
  })
  const sampled = chosen.length < able.length ? `, ${chosen.length} of them drawn to be judged` : ''
  return {
    people,
    judged: `${able.length} of ${here.length} users can be judged${sampled}: ${here.length - enough.length} have too few ratings to hold one out, and of ${enough.length - able.length} no like of ${like} or more is held out`
  }
}

/** The same person with only `count` of the likes, drawn by hash; undefined for a person with fewer. What they have seen stays. */
export function withLikes(person: Person, count: number, like: number, textOf: (item: number) => string): Person | undefined {
  const liked = person.history.filter(({ rating }) => rating >= like)
  if (liked.length < count) return undefined
  return { ...person, history: sampleBy(liked, count, ({ item }) => textOf(item)) }
}

function rowsByUser({ userIds, user }: Ratings): Rows {
  const all = indicesOf({ user })
  return group(userIds.length, user, all, all)
}

function dislikes(foldIn: Ratings, held: Ratings, like: number): (rating: number) => boolean {
  const scale = scaleOf([...new Set(foldIn.rating), ...new Set(held.rating)])
  const stars = starsOf(scale, like)
  const disliked = new Set(scale.filter((_, i) => stars[i] < DISLIKED).map(Math.fround))
  return rating => disliked.has(rating)
}
