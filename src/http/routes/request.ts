import { FILTERS, type Filters, filtersOf } from '../../recommender/filters.js'
import type { RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

/**
 * Checks that the request can be answered.
 *
 * @throws Problem for a rating outside the scale, for a filter that fits nothing that there is, and, if the request is strict, for an
 *   unknown user
 */
export function toRequest(recommender: Recommender, request: RecommendRequest & { strict?: boolean }): RecommendRequest {
  const { userId, history = [], strict } = request
  checkRatings(recommender, history)
  checkFilters(recommender, request)
  if (strict && userId !== undefined && !recommender.knows(userId)) {
    throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
  }
  return request
}

function checkRatings({ model }: Recommender, history: NonNullable<RecommendRequest['history']>): void {
  const { least, greatest } = model.scale
  for (const [i, entry] of history.entries()) {
    const { rating = least } = typeof entry === 'object' ? entry : {}
    if (rating < least || rating > greatest)
      throw new Problem('invalid_request', `history.${i}.rating: expected a rating from ${least} to ${greatest}, found ${rating}`)
  }
}

const RANGES = [
  ['from', 'to'],
  ['minLikes', 'maxLikes']
] as const

function checkFilters({ catalogue }: Recommender, request: Filters): void {
  for (const [name] of filtersOf(request)) {
    const { column } = FILTERS[name]
    if (catalogue.items[column] === undefined) throw new Problem('invalid_request', `${name}: this model has no ${column}`)
  }
  for (const name of ['genre', 'excludeGenre'] as const) {
    const unknown = request[name]?.find(genre => !catalogue.membersOf(genre))
    if (unknown === undefined) continue
    const expected = `expected one of ${catalogue.genres.join(', ')}`
    throw new Problem('invalid_request', `${name}: ${expected}, found ${JSON.stringify(unknown)}`)
  }
  for (const [low, high] of RANGES) {
    const [from, to] = [request[low], request[high]]
    if (from !== undefined && to !== undefined && from > to)
      throw new Problem('invalid_request', `${high}: expected at least ${from}, as ${low} says, found ${to}`)
  }
}
