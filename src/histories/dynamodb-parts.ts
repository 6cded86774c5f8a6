import type { AttributeValue, Update } from '@aws-sdk/client-dynamodb'
import type { Item, Place } from './dynamodb-table.js'
import { fromText, type LiveHistory, type LiveRating, newRevision, toText } from './store.js'

/** Words are attributes named after their movies, with a letter in front, so that they never meet the others. */
const MOVIE = 'm:'
/** The part that tells which others there are. */
export const PERSON = 'person'

const DAY_S = 86_400
/** In s since 1970: when an item goes that stays. It is as long as a real time, so a full item has room for one. */
const NEVER = 9_999_999_999

/** When an item goes that is written now. @param days after which it goes; 0 never */
export const expiry = (days: number): Item => ({
  expires: { N: `${days > 0 ? Math.ceil(Date.now() / 1000) + days * DAY_S : NEVER}` }
})

export const revised = (): Item & { revision: { S: string } } => ({ revision: { S: newRevision() } })

export const wordOf = (rating: LiveRating): Item => ({ [MOVIE + rating.movieId]: { S: toText(rating) } })

/** The change of an item that sets these attributes, unless the first of them is newer than this time. */
export function changeOf(place: Place, sets: Item, newerThan?: string): Update {
  const names = Object.keys(sets)
  const values: Item = Object.fromEntries(names.map((name, i) => [`:v${i}`, sets[name]]))
  if (newerThan !== undefined) values[':newer'] = { S: `${newerThan}~` }
  return {
    ...place,
    UpdateExpression: `SET ${names.map((_, i) => `#n${i} = :v${i}`).join(', ')}`,
    ConditionExpression: newerThan === undefined ? undefined : 'attribute_not_exists(#n0) OR #n0 < :newer',
    ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
    ExpressionAttributeValues: values
  }
}

/**
 * The change of the person's item when their parts go, all but these.
 *
 * @param seen the revision that was read: a part that is added meanwhile changes it, and this is refused
 */
export function forgetting(place: Place, left: string[], seen?: AttributeValue): Update {
  const isLast = left.length === 0
  return {
    ...place,
    UpdateExpression: isLast ? 'SET revision = :r, isForgotten = :yes REMOVE parts' : 'SET revision = :r, parts = :left',
    ConditionExpression: seen ? 'revision = :seen' : 'attribute_not_exists(revision)',
    ExpressionAttributeValues: {
      ':r': revised().revision,
      ...(isLast ? { ':yes': { BOOL: true } } : { ':left': { SS: left } }),
      ...(seen && { ':seen': seen })
    }
  }
}

/** A history from all the items of a user. @param known comes back as it is if it is the same */
export function toHistory(items: Item[], known?: LiveHistory): LiveHistory {
  const isForgotten = items.some(item => item.isForgotten !== undefined)
  // DynamoDB removes what is past its time within days.
  const isPast = !items.some(({ expires }) => Number(expires?.N ?? 0) > Date.now() / 1000)
  const revision = items
    .map(item => (isPast && item.part.S !== PERSON ? '' : (item.revision?.S ?? '')))
    .sort()
    .join('')
  if (known?.revision === revision) return known
  const newest = new Map<string, string>()
  for (const item of isPast ? [] : items) {
    for (const [name, { S: word = '' }] of Object.entries(item)) {
      if (name.startsWith(MOVIE) && word > (newest.get(name) ?? '')) newest.set(name, word)
    }
  }
  return { revision, isForgotten, ratings: Array.from(newest, ([name, word]) => fromText(name.slice(MOVIE.length), word)) }
}
