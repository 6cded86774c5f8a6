import { createHash } from 'node:crypto'
import { filterRatings, type Ratings } from '../data/ratings.js'

/** Ratings to train on, and for each user to evaluate: what the request brings, and what should be found. */
export interface Split {
  train: Ratings
  /** what the users are folded in with: their own ratings, of train or not */
  foldIn: Ratings
  /** the ratings that are held out */
  test: Ratings
}

/**
 * Known users: of each user's n ratings, in the order of the SHA-256 of `seed:user:movie`, the first floor(n/5) are
 * held out. The rest is train, and fold-in.
 */
export function knownUsers(ratings: Ratings, seed: string): Split {
  const isHeld = heldOut(ratings, seed)
  const train = filterRatings(ratings, i => !isHeld[i])
  return { train, foldIn: train, test: filterRatings(ratings, i => isHeld[i] === 1) }
}

/**
 * New users: the 100 (at most half of all) with the smallest SHA-256 of `seed:user:id` are absent from train. Their test
 * ratings are chosen as above, and the rest is fold-in. Movies that none of the other users rated do not count.
 */
export function newUsers(ratings: Ratings, seed: string): Split {
  const byHash = ratings.userIds
    .map((id, user) => ({ user, hash: sha256(`${seed}:user:${id}`) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
  const isNew = new Set(byHash.slice(0, Math.min(100, byHash.length / 2)).map(({ user }) => user))
  const isHeld = heldOut(ratings, seed)
  const train = filterRatings(ratings, i => !isNew.has(ratings.user[i]))
  return {
    train,
    foldIn: filterRatings(ratings, i => isNew.has(ratings.user[i]) && !isHeld[i]),
    test: filterRatings(ratings, i => isNew.has(ratings.user[i]) && isHeld[i] === 1)
  }
}

function heldOut({ userIds, movieIds, user, item }: Ratings, seed: string): Uint8Array {
  const byUser: { index: number; hash: string }[][] = userIds.map(() => [])
  for (const [index, u] of user.entries()) byUser[u].push({ index, hash: sha256(`${seed}:${userIds[u]}:${movieIds[item[index]]}`) })
  const held = new Uint8Array(user.length)
  for (const list of byUser) {
    list.sort((a, b) => (a.hash < b.hash ? -1 : 1))
    for (const { index } of list.slice(0, Math.floor(list.length / 5))) held[index] = 1
  }
  return held
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
