import type { RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

/** Checks that the request can be answered. @throws Problem for an unknown user, if it is strict */
export function toRequest(recommender: Recommender, request: RecommendRequest & { strict?: boolean }): RecommendRequest {
  const { userId, strict } = request
  if (strict && userId !== undefined && !recommender.knows(userId)) {
    throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
  }
  return request
}
