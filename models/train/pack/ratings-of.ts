import { basename } from 'node:path'
import { type InputOptions, readInput } from '../cli/input.js'
import { filterRatings, type Ratings } from '../data/ratings.js'

/** Ratings of the items of a model, numbered as its rows. */
export interface ModelRatings {
  ratings: Ratings
  like: number
  /** nothing is known of the data without a file */
  about: { file?: string; sha256?: string }
}

/**
 * Reads the ratings that histories are made of, and leaves out those of items that the model does not have.
 *
 * @param ids the items, in the order of the model's rows
 */
export async function ratingsOf(
  options: Omit<InputOptions, 'ratings'> & Partial<Pick<InputOptions, 'ratings'>>,
  ids: string[],
  say: (sentence: string) => void
): Promise<ModelRatings> {
  const { ratings: files } = options
  if (!files) return { ratings: nothing(ids), like: options.like ?? 1, about: {} }
  const { ratings, like, sha256, name } = await readInput({ ...options, ratings: files }, say)
  const row = new Map(ids.map((id, row) => [id, row]))
  const rowOf = Int32Array.from(ratings.movieIds, id => row.get(id) ?? -1)
  const kept = filterRatings(ratings, i => rowOf[ratings.item[i]] >= 0)
  const known = rowOf.reduce((count, row) => count + Number(row >= 0), 0)
  say(`${name}: ${kept.user.length} of ${ratings.user.length} ratings are of items of the model, ${known} of ${ids.length} items have some`)
  if (kept.user.length === 0)
    throw new Error(
      `${name}: expected ratings of items of the model, such as ${ids.slice(0, 3).join(', ')}; found only others, such as ${ratings.movieIds.slice(0, 3).join(', ')}`
    )
  if (known < ids.length / 2) say(`warning: less than half of the items have ratings: are these the ids of the same items?`)
  return { ratings: { ...kept, movieIds: ids, item: kept.item.map(item => rowOf[item]) }, like, about: { file: basename(name), sha256 } }
}

const nothing = (movieIds: string[]): Ratings => ({
  userIds: [],
  movieIds,
  user: new Int32Array(0),
  item: new Int32Array(0),
  rating: new Float32Array(0),
  timestamp: new Float64Array(0)
})
