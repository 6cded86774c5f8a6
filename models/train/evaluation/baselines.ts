import type { Person } from './people.js'

/** A model that is judged: for each person the best items, best first, without what they have seen. */
export interface Ranker {
  rank(people: readonly Person[], k: number): Promise<Int32Array[]>
}

/** A ranker by a score of every item. Items that nobody likes are never ranked; equal scores rank by number. */
export function byScores(likes: Int32Array, scoresOf: (person: Person) => Float64Array): Ranker {
  return { rank: async (people, k) => people.map(person => best(likes, scoresOf(person), person.seen, k)) }
}

/** Popularity: how many users like an item. */
export const popularity = (likes: Int32Array): Ranker => {
  const scores = Float64Array.from(likes)
  return byScores(likes, () => scores)
}

function best(likes: Int32Array, scores: Float64Array, seen: Int32Array, k: number): Int32Array {
  const excluded = new Uint8Array(likes.length)
  for (const item of seen) excluded[item] = 1
  return greatest(scores, k, item => likes[item] > 0 && !excluded[item])
}

/** The k entries of the greatest values, greatest first; of equals, those that come first. */
export function greatest(values: Float64Array, k: number, isWanted: (entry: number) => boolean): Int32Array {
  const list = new Int32Array(k)
  let length = 0
  for (let entry = 0; entry < values.length; entry++) {
    const value = values[entry]
    if ((length === k && value <= values[list[k - 1]]) || !isWanted(entry)) continue
    let at = length < k ? length++ : k - 1
    for (; at > 0 && values[list[at - 1]] < value; at--) list[at] = list[at - 1]
    list[at] = entry
  }
  return list.subarray(0, length)
}
