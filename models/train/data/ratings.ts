/** Ratings in columns. Users are numbered as they first appear; items by id, numbers as numbers, so that equal scores rank by id. */
export interface Ratings {
  userIds: string[]
  movieIds: string[]
  /** one entry a rating: who (index into `userIds`), what (index into `movieIds`), how much, when (seconds) */
  user: Int32Array
  item: Int32Array
  rating: Float32Array
  timestamp: Float64Array
}

/** The ratings for which `keep` holds, with the same users and items. */
export function filterRatings(ratings: Ratings, keep: (index: number) => boolean): Ratings {
  const index = indicesOf(ratings).filter(keep)
  return {
    ...ratings,
    user: index.map(i => ratings.user[i]),
    item: index.map(i => ratings.item[i]),
    rating: Float32Array.from(index, i => ratings.rating[i]),
    timestamp: Float64Array.from(index, i => ratings.timestamp[i])
  }
}

/** 0, 1, 2 … one for each rating. */
export const indicesOf = ({ user }: Pick<Ratings, 'user'>): Int32Array => user.map((_, i) => i)

/** The indices of the ratings in order of time, equal times by movie id. */
export function inOrderOfTime(ratings: Ratings): Int32Array {
  const { timestamp, item } = ratings
  return indicesOf(ratings).sort((a, b) => timestamp[a] - timestamp[b] || item[a] - item[b])
}
