import { element, option } from './element.js'

const STARS = [5, 4, 3, 2, 1]
let scale = { least: 0.5, greatest: 5 }

/** @param ratings how the users of the model rate: its least and its greatest rating */
export const rateOn = ratings => (scale = ratings)

/** A share of the best rating there is, from 0 to 1, on the scale of the model: half is 2.5 of 0.5 to 5, and 0 of -1 to 1. */
export function onScale(share) {
  const { least, greatest } = scale
  return least < 0 ? least + share * (greatest - least) : Math.max(least, share * greatest)
}

/** A rating in words: ★★★★, or ♥ liked. */
export const inStars = rating => (rating === 'liked' ? LIKED : '★'.repeat(starsOf(rating)))

const LIKED = '♥ liked'
const starsOf = rating => STARS.findLast(stars => onScale(stars / 5) >= rating) ?? 5

/**
 * A menu of ratings.
 *
 * @param name of the movie
 * @param first what stands first, with its value
 */
export function ratingMenu(name, rating, ...first) {
  const menu = element('select', { ariaLabel: `Rating of ${name}` }, ...first)
  menu.append(option(LIKED, 'liked'), ...STARS.map(stars => option('★'.repeat(stars), stars)))
  if (rating !== undefined) menu.value = rating === 'liked' ? 'liked' : String(starsOf(rating))
  return menu
}

/** What was chosen there: a number on the scale of the model, or 'liked'. */
export const chosenIn = menu => (menu.value === 'liked' ? 'liked' : onScale(Number(menu.value) / 5))
