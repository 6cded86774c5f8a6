/**
 * What is asked, as the fragment of the page's address, which can be shared and which no server sees:
 *
 *     #user=42&and=7    what somebody, or two people, should watch
 *     #like=589         more like a movie; with user=42, that one goes on rating
 *     #liked=1036&5=589 what to watch for somebody who liked the one and gave the other a 5
 *
 * Filters follow: &genre=War&from=1990
 */
const FILTERS = ['genre', 'from', 'to', 'maxLikes', 'variety']

/** @param rated `[movieId, rating]`, oldest first, where a rating is a number or 'liked' */
export function toFragment({ user, other, like, rated = [], filters = {} }) {
  const entries = [
    ['user', user],
    ['and', other],
    ['like', like],
    ...rated.map(([movieId, rating]) => [rating, movieId]),
    ...FILTERS.map(name => [name, filters[name]])
  ]
  return `#${new URLSearchParams(entries.filter(([, value]) => value !== undefined && value !== ''))}`
}

/** Undefined where the fragment asks nothing. */
export function fromFragment(fragment) {
  const entries = [...new URLSearchParams(fragment.replace(/^#/, ''))]
  const { user, and: other, like, ...others } = Object.fromEntries(entries)
  const rated = entries
    .filter(([name]) => name === 'liked' || Number.isFinite(Number(name || NaN)))
    .map(([name, movieId]) => [movieId, name === 'liked' ? name : Number(name)])
  if (user === undefined && like === undefined && rated.length === 0) return undefined
  return { user, other, like, rated, filters: Object.fromEntries(FILTERS.map(name => [name, others[name]])) }
}

/** What the service is asked: a path and, where it is a POST, a body. */
export function toRequest({ user, other, like, rated = [], filters = {} }, fromFile = []) {
  const { genre, ...numbers } = filters
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined && value !== '')
  const narrowed = { ...Object.fromEntries(given.map(([name, value]) => [name, Number(value)])), ...(genre && { genre: [genre] }) }
  if (like !== undefined) return { path: `similar/${encodeURIComponent(like)}?${new URLSearchParams(narrowed)}` }
  const body = { ...narrowed, explain: true }
  if (other) return { path: 'recommend/group', body: { users: [user, other], ...body } }
  if (user) return { path: 'recommend', body: { userId: user, ...body } }
  return { path: 'recommend', body: { history: [...fromFile, ...rated].slice(-MOST_RATINGS).map(toEntry), ...body } }
}

/** most movies in a history that comes with a request */
export const MOST_RATINGS = 2000

const toEntry = ([movieId, rating]) => (rating === 'liked' ? movieId : { movieId, rating })
