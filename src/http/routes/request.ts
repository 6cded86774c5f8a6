import type { RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

/** Checks that the request can be answered. @throws Problem for a rating or a genre that there is not, and, if it is strict, for an unknown user */
export function toRequest(recommender: Recommender, request: RecommendRequest & { strict?: boolean }): RecommendRequest {
  const { userId, history = [], genre = [], strict } = request
  const { least, greatest } = recommender.model.scale
  for (const [i, entry] of history.entries()) {
    const { rating = least } = typeof entry === 'number' ? {} : entry
    if (rating >= least && rating <= greatest) continue
    throw new Problem('invalid_request', `history.${i}.rating: expected a rating from ${least} to ${greatest}, found ${rating}`)
  }
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
