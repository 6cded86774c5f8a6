import type { Filters } from '../../recommender/filters.js'
import { MAX_GROUP } from '../../limits.js'
import type { LiveHistory } from '../../histories/store.js'
import type { HistoryEntry } from '../../recommender/history.js'
import type { GroupRequest, RecommendRequest, Recommender } from '../../recommender/recommender.js'
import type { Catalogue } from '../../recommender/catalogue.js'
import { type MovieId, type Site, SITES } from '../../recommender/model/items.js'
import { Problem } from '../errors.js'

type SentId = string | number
type SentEntry = SentId | { movieId: SentId; rating?: number }

/** What every request may say, as it comes: ids may be whole numbers. */
type Sent<Request> = Omit<Request, 'exclude' | 'only' | 'history' | 'histories' | 'userId' | 'users'> & {
  exclude?: readonly SentId[]
  only?: readonly SentId[]
  strict?: boolean
}
export type SentRequest = Sent<RecommendRequest> & { userId?: SentId; history?: readonly SentEntry[] }
type SentGroup = Sent<GroupRequest> & { users?: readonly SentId[]; histories?: readonly (readonly SentEntry[])[] }

const entryOf = (entry: SentEntry): HistoryEntry =>
  typeof entry === 'object' ? { ...entry, movieId: String(entry.movieId) } : String(entry)

/**
 * The request with all ids as text, checked that it can be answered.
 *
 * @throws Problem for a rating outside the scale, for a filter that fits nothing that there is, and, if the request is strict, for an
 *   unknown user
 */
export function toRequest(
  recommender: Recommender,
  { userId: id, history: entries, exclude, only, strict, ...rest }: SentRequest
): RecommendRequest {
  const userId = id === undefined ? undefined : String(id)
  const history = entries?.map(entryOf)
  const request = { ...rest, userId, history, exclude: exclude?.map(String), only: only?.map(String) }
  checkRatings(recommender, 'history', history ?? [])
  checkFilters(recommender, request)
  if (strict && userId !== undefined) checkUser(recommender, userId, rest.live)
  return request
}

/** The same for a group. @throws Problem, for a group of nobody or of too many as well */
export function toGroupRequest(recommender: Recommender, { strict, exclude, only, ...sent }: SentGroup): GroupRequest {
  const users = (sent.users ?? []).map(String)
  const histories = (sent.histories ?? []).map(history => history.map(entryOf))
  const request = { ...sent, users, histories, exclude: exclude?.map(String), only: only?.map(String) }
  const people = users.length + histories.length
  if (people === 0 || people > MAX_GROUP)
    throw new Problem('invalid_request', `users and histories: expected 1 to ${MAX_GROUP} people in both, found ${people}`)
  for (const [i, history] of histories.entries()) checkRatings(recommender, `histories.${i}`, history)
  checkFilters(recommender, request)
  if (strict) for (const [i, userId] of users.entries()) checkUser(recommender, userId, sent.lives?.[i])
  return request
}

function checkUser(recommender: Recommender, userId: string, live?: LiveHistory): void {
  if (!recommender.knows(userId, live)) throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
}

function checkRatings({ model }: Recommender, name: string, history: NonNullable<RecommendRequest['history']>): void {
  const { least, greatest } = model.scale
  for (const [i, entry] of history.entries()) {
    const { rating = least } = typeof entry === 'object' ? entry : {}
    if (rating < least || rating > greatest)
      throw new Problem('invalid_request', `${name}.${i}.rating: expected a rating from ${least} to ${greatest}, found ${rating}`)
  }
}

const RANGES = [
  ['from', 'to'],
  ['minLikes', 'maxLikes']
] as const

/** Checks that movies have ids of this site, and finds the row of one. @throws Problem when there is none */
export function rowOf({ catalogue }: Recommender, movieId: MovieId, site?: Site): number {
  checkSite(catalogue, site)
  const row = catalogue.ids(site).rowOf(movieId)
  if (row === undefined) throw new Problem('unknown_movie', `The model does not know movie ${movieId}.`)
  return row
}

/** @throws Problem when the model has no ids of this site */
export function checkSite({ items }: Catalogue, site?: Site): void {
  if (!site || items[site]) return
  throw new Problem('invalid_request', `ids: the model has no ids of ${SITES[site].name}; leave it out, and use the ids of the model`)
}

function checkFilters({ catalogue }: Recommender, request: Filters): void {
  checkSite(catalogue, request.ids)
  for (const name of ['genre', 'excludeGenre'] as const) {
    const unknown = request[name]?.find(genre => !catalogue.membersOf(genre))
    if (unknown === undefined) continue
    const expected = `expected one of ${catalogue.genres.join(', ')}`
    throw new Problem('invalid_request', `${name}: ${expected}, found ${JSON.stringify(unknown)}`)
  }
  for (const [low, high] of RANGES) {
    const { [low]: from = -Infinity, [high]: to = Infinity } = request
    if (from > to) throw new Problem('invalid_request', `${high}: expected at least ${from}, as ${low} says, found ${to}`)
  }
}
