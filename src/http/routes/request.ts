import { FILTERS, type Filters, filtersOf } from '../../recommender/filters.js'
import { MAX_GROUP } from '../../limits.js'
import type { GroupRequest, RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

/**
 * Checks that the request can be answered.
 *
 * @throws Problem for a rating outside the scale, for a filter that fits nothing that there is, and, if the request is strict, for an
 *   unknown user
 */
export function toRequest(recommender: Recommender, request: RecommendRequest & { strict?: boolean }): RecommendRequest {
  const { userId, history = [], strict } = request
  checkRatings(recommender, 'history', history)
  checkFilters(recommender, request)
  if (strict && userId !== undefined) checkUser(recommender, userId)
  return request
}

/** The same for a group. @throws Problem, for a group of nobody or of too many as well */
export function toGroupRequest(recommender: Recommender, request: GroupRequest & { strict?: boolean }): GroupRequest {
  const { users = [], histories = [], strict } = request
  const people = users.length + histories.length
  if (people === 0 || people > MAX_GROUP)
    throw new Problem('invalid_request', `users and histories: expected 1 to ${MAX_GROUP} people in both, found ${people}`)
  for (const [i, history] of histories.entries()) checkRatings(recommender, `histories.${i}`, history)
  checkFilters(recommender, request)
  if (strict) for (const userId of users) checkUser(recommender, userId)
  return request
}

function checkUser(recommender: Recommender, userId: string): void {
  if (!recommender.knows(userId)) throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
}

function checkRatings({ model }: Recommender, name: string, history: NonNullable<RecommendRequest['history']>): void {
  const { least, greatest } = model.scale
  for (const [i, entry] of history.entries()) {
    const { rating = least } = typeof entry === 'number' ? {} : entry
    if (rating < least || rating > greatest)
      throw new Problem('invalid_request', `${name}.${i}.rating: expected a rating from ${least} to ${greatest}, found ${rating}`)
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
