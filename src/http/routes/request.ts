import { Problem } from '../errors.js'
import type { Ask, Recommender } from '../../recommender/recommender.js'

/** What callers may say, in the words of the schemas. */
export interface Said {
  userId?: string
  history?: number[]
  mode?: 'extend' | 'replace'
  exclude?: number[]
  genre?: string[]
  n: number
  strict?: boolean
}

/** @throws Problem for a genre the model does not have, and for a user it does not know, where it is asked to be strict */
export function askOf(recommender: Recommender, { userId, history, mode, exclude, genre, n, strict }: Said): Ask {
  for (const each of genre ?? []) {
    const { genres } = recommender.catalogue
    if (genres.includes(each)) continue
    const expected = genres.length > 0 ? `one of ${genres.join(', ')}` : 'none, for this model has no genres'
    throw new Problem('invalid_request', `genre: expected ${expected}, found ${JSON.stringify(each)}`)
  }
  if (strict && userId !== undefined && !recommender.knows(userId)) {
    throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
  }
  return { userId, history, replace: mode === 'replace', exclude, genres: genre, n }
}
