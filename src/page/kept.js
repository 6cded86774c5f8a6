/** What the service keeps of a user, where it has a store of ratings. */
import { getJson, send } from './api.js'
import { $ } from './element.js'
import { nameOf } from './movie.js'
import { dropOwnId, knownId } from './own-id.js'
import { inStars } from './rating.js'

/** The newest so many are shown: a page of the service. */
const MOST_SHOWN = 500

const pathOf = userId => `users/${encodeURIComponent(userId)}`

export const say = sentence => ($('kept-message').textContent = sentence)

/** Says whose ratings are in the list. @param userId undefined for those that are kept in this page alone */
export function nameOwner(userId) {
  const who = userId === knownId() ? 'you' : `that ${userId}`
  $('picks-title').textContent = userId === undefined ? 'Films you liked' : `Films ${who} rated`
  $('picks').classList.toggle('kept', userId !== undefined)
  $('kept').hidden = userId === undefined
  say('')
}

/** Their ratings, newest first, as `{ movie, rating }`; none, and a sentence why, where they cannot be read. */
export async function keptRatings(userId) {
  try {
    const { ratings } = await getJson(`${pathOf(userId)}/ratings?n=${MOST_SHOWN}`)
    return ratings.map(({ rating = 'liked', ...movie }) => ({ movie, rating }))
  } catch (error) {
    say(error.message)
    return []
  }
}

/** Keeps a rating, or takes it back where there is none, and says so. Whether it was done. */
export function keepRating(userId, movie, rating) {
  const path = `${pathOf(userId)}/ratings/${encodeURIComponent(movie.movieId)}`
  if (rating === undefined) return done(send('DELETE', path), `Taken back: ${nameOf(movie)}.`)
  return done(send('PUT', path, rating === 'liked' ? {} : { rating }), `Kept: ${nameOf(movie)}, ${inStars(rating)}.`)
}

async function done(sending, sentence) {
  try {
    await sending
    say(sentence)
    return true
  } catch (error) {
    say(error.message)
    return false
  }
}

/** Asks whether to forget a user, and does so. Whether it was done. */
export async function forget(userId) {
  const dialog = $('forget-dialog')
  $('forget-title').textContent = userId === knownId() ? 'Forget you?' : `Forget ${userId}?`
  dialog.returnValue = ''
  dialog.showModal()
  await new Promise(resolve => (dialog.onclose = resolve))
  if (dialog.returnValue !== 'forget') return false
  const isForgotten = await done(send('DELETE', pathOf(userId)), `Forgotten: nothing is kept of ${userId} any more.`)
  if (isForgotten && userId === knownId()) dropOwnId()
  return isForgotten
}
