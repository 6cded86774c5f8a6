import { filterRatings, indicesOf, type Ratings } from './ratings.js'
import { scaleOf } from './scale.js'
import { counts, group, type Rows, rowOf } from './sparse-rows.js'

/** What each user rated, oldest first, and how. */
export interface Rated {
  /** the distinct ratings, rising */
  scale: number[]
  /** index in the scale of the lowest rating that is a like; the length of the scale if none is */
  liked: number
  /** items by user */
  items: Rows
  /** beside each entry of `items.values`, the index of the rating in the scale */
  codes: Uint8Array
  /** [items]: how many users like each */
  likes: Int32Array
}

/** @param like a rating of at least this is a like */
export function ratedOf(ratings: Ratings, like: number): Rated {
  const { userIds, movieIds, user, item, rating, timestamp } = ratings
  const scale = scaleOf(rating)
  const found = scale.findIndex(value => value >= like)
  const liked = found === -1 ? scale.length : found
  const codeOf = new Map(scale.map((value, code) => [Math.fround(value), code]))
  const code = Uint8Array.from(rating, value => codeOf.get(value) as number)
  const all = indicesOf(ratings)
  const rows = group(userIds.length, user, all, all)
  for (let u = 0; u < userIds.length; u++) rowOf(rows, u).sort((a, b) => timestamp[a] - timestamp[b] || item[a] - item[b])
  const likes = new Int32Array(movieIds.length)
  for (let i = 0; i < code.length; i++) if (code[i] >= liked) likes[item[i]]++
  return {
    scale,
    liked,
    items: group(userIds.length, user, item, rows.values),
    codes: Uint8Array.from(rows.values, i => code[i]),
    likes
  }
}

/**
 * The ratings of films that somebody likes, and no other film. A film that was only ever rated low has nothing to be
 * recommended for, so it gets no row in a model.
 */
export function ofLikedItems(ratings: Ratings, like: number): Ratings {
  const { movieIds, item, rating } = ratings
  const isLiked = new Uint8Array(movieIds.length)
  for (let i = 0; i < item.length; i++) if (rating[i] >= like) isLiked[item[i]] = 1
  const row = new Int32Array(movieIds.length)
  for (let i = 1; i < row.length; i++) row[i] = row[i - 1] + isLiked[i - 1]
  const left = filterRatings(ratings, i => isLiked[item[i]] === 1)
  return { ...left, movieIds: movieIds.filter((_, i) => isLiked[i] === 1), item: left.item.map(i => row[i]) }
}

/** How many of each user's ratings are likes. */
export function likeCounts({ items, codes, liked }: Rated): Int32Array {
  const found = counts(items).fill(0)
  for (let user = 0; user < found.length; user++) {
    for (let at = items.offsets[user]; at < items.offsets[user + 1]; at++) if (codes[at] >= liked) found[user]++
  }
  return found
}
