import type { RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

/** Checks that the request can be answered. @throws Problem for an unknown genre, and, if it is strict, for an unknown user */
export function toRequest(recommender: Recommender, request: RecommendRequest & { strict?: boolean }): RecommendRequest {
  const { userId, genre = [], strict } = request
  for (const each of genre) {
    const { genres } = recommender.catalogue
    if (genres.includes(each)) continue
    const expected = genres.length > 0 ? `one of ${genres.join(', ')}` : 'none, for this model has no genres'
    throw new Problem('invalid_request', `genre: expected ${expected}, found ${JSON.stringify(each)}`)
  }
  if (strict && userId !== undefined && !recommender.knows(userId)) {
    throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
  }
  return request
}
