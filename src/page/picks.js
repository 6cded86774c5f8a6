import { $, element } from './element.js'
import { nameOf } from './movie.js'
import { chosenIn, ratingMenu } from './rating.js'

/** The ratings that the page shows, by movie id, in the order of the list: `{ movie, rating }`, where a rating is a number or 'liked'. */
const picks = new Map()
let popular = []
let rate = () => {}

/**
 * @param movies that many know, to pick from
 * @param onRate gets a movie and its rating; none takes it back
 */
export function startPicks(movies, onRate) {
  popular = movies
  rate = onRate
  draw()
}

export const picked = () => [...picks.values()]

/** The picks as `[movieId, rating]`. */
export const rated = () => [...picks].map(([movieId, { rating }]) => [movieId, rating])

export const isPicked = movieId => picks.has(String(movieId))

export function pick(movie, rating) {
  picks.set(String(movie.movieId), { movie, rating })
  draw()
}

export function unpick(movieId) {
  picks.delete(String(movieId))
  draw()
}

/** Puts others in place of all. @param movies `{ movie, rating }` */
export function replacePicks(movies) {
  picks.clear()
  for (const { movie, rating } of movies) picks.set(String(movie.movieId), { movie, rating })
  draw()
}

function draw() {
  $('picks').replaceChildren(...picked().map(chip))
  $('picks').hidden = picks.size === 0
  $('popular').replaceChildren(...popular.filter(({ movieId }) => !isPicked(movieId)).map(suggestion))
}

function chip({ movie, rating }) {
  const name = nameOf(movie)
  const menu = ratingMenu(name, rating)
  menu.onchange = () => rate(movie, chosenIn(menu))
  const remove = element('button', { type: 'button', className: 'quiet', ariaLabel: `Remove ${name}`, onclick: () => rate(movie) }, '×')
  return element('li', {}, element('span', {}, name), menu, remove)
}

const suggestion = movie =>
  element('li', {}, element('button', { type: 'button', className: 'chip', onclick: () => rate(movie, 'liked') }, nameOf(movie)))
