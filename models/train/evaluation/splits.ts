import { hash } from 'node:crypto'
import { filterRatings, indicesOf, type Ratings } from '../data/ratings.js'
import { group, rowOf } from '../data/sparse-rows.js'

/** What a request of some users brings, and what should be found. */
export interface Test {
  /** what the users are folded in with: their own ratings, of train or not */
  foldIn: Ratings
  /** the ratings that are held out */
  held: Ratings
}

export type Users = 'known users' | 'new users'

/** Ratings to train on, and users to evaluate the model with. */
export interface Split {
  train: Ratings
  tests: Partial<Record<Users, Test>>
}

/**
 * Known users: of each user's n ratings, in the order of the SHA-256 of `seed:user:movie`, the first floor(n/5) are
 * held out. The rest is train, and fold-in.
 */
export function knownUsers(ratings: Ratings, seed: string, part = 5): Split {
  const isHeld = heldOut(ratings, seed, part)
  const train = filterRatings(ratings, i => !isHeld[i])
  return { train, tests: { 'known users': { foldIn: train, held: filterRatings(ratings, i => isHeld[i] === 1) } } }
}

/**
 * New users: the 100 (at most half of all) with the smallest SHA-256 of `seed:user:id` are absent from train. Their test
 * ratings are chosen as above, and the rest is fold-in. Movies that none of the other users rated do not count.
 */
export function newUsers(ratings: Ratings, seed: string): Split {
  const isNew = newcomers(ratings, seed)
  const isHeld = heldOut(ratings, seed)
  return {
    train: filterRatings(ratings, i => !isNew[ratings.user[i]]),
    tests: { 'new users': testOf(ratings, isHeld, i => isNew[ratings.user[i]] === 1) }
  }
}

/** Both at once, for one training: the new users are absent from train, and a fifth of everybody else is held out. */
export function allUsers(ratings: Ratings, seed: string): Split {
  const isNew = newcomers(ratings, seed)
  const isHeld = heldOut(ratings, seed)
  const train = filterRatings(ratings, i => !isNew[ratings.user[i]] && !isHeld[i])
  return {
    train,
    tests: {
      'known users': { foldIn: train, held: filterRatings(ratings, i => !isNew[ratings.user[i]] && isHeld[i] === 1) },
      'new users': testOf(ratings, isHeld, i => isNew[ratings.user[i]] === 1)
    }
  }
}

/** The first of `all` in the order of the SHA-256 of `seed:id`, as many as are wanted: a sample that depends on nothing else. */
export function sampleBy<Item>(all: readonly Item[], wanted: number, textOf: (item: Item) => string): Item[] {
  if (all.length <= wanted) return [...all]
  return all
    .map(item => ({ item, key: hash('sha256', textOf(item)) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, wanted)
    .map(({ item }) => item)
}

function testOf(ratings: Ratings, isHeld: Uint8Array, isTested: (index: number) => boolean): Test {
  return {
    foldIn: filterRatings(ratings, i => isTested(i) && !isHeld[i]),
    held: filterRatings(ratings, i => isTested(i) && isHeld[i] === 1)
  }
}

function newcomers({ userIds, user }: Ratings, seed: string): Uint8Array {
  const present = [...new Set(user)]
  const isNew = new Uint8Array(userIds.length)
  for (const u of sampleBy(present, Math.min(100, Math.floor(present.length / 2)), u => `${seed}:user:${userIds[u]}`)) isNew[u] = 1
  return isNew
}

/** 1 for each rating that is held out: one in `part` of every user's, rounded down, and at least one of five. */
function heldOut({ userIds, movieIds, user, item }: Ratings, seed: string, part = 5): Uint8Array {
  const all = indicesOf({ user })
  const byUser = group(userIds.length, user, all, all)
  const held = new Uint8Array(user.length)
  for (const [u, id] of userIds.entries()) {
    const mine = rowOf(byUser, u)
    for (const i of sampleBy(
      [...mine],
      mine.length < 5 ? 0 : Math.max(1, Math.floor(mine.length / part)),
      i => `${seed}:${id}:${movieIds[item[i]]}`
    ))
      held[i] = 1
  }
  return held
}
