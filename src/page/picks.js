import { $, element } from './element.js'
import { nameOf } from './movie.js'
import { chosenIn, ratingMenu } from './rating.js'

/** What was rated here, by movie id, oldest first: `{ movie, rating }`, where a rating is a number or 'liked'. */
const picks = new Map()
let popular = []
let onChange = () => {}

/** @param movies that many know, to pick from */
export function startPicks(movies, changed) {
  popular = movies
  onChange = changed
  draw()
}

/** The picks as `[movieId, rating]`. */
export const rated = () => [...picks].map(([movieId, { rating }]) => [movieId, rating])

export const isPicked = movieId => picks.has(String(movieId))

export function pick(movie, rating = 'liked') {
  picks.set(String(movie.movieId), { movie, rating })
  draw()
  onChange()
}

export function unpick(movieId) {
  picks.delete(String(movieId))
  draw()
  onChange()
}

/** Puts others in place of all. @param movies `{ movie, rating }` */
export function replacePicks(movies) {
  picks.clear()
  for (const { movie, rating } of movies) picks.set(String(movie.movieId), { movie, rating })
  draw()
}

function draw() {
  $('picks').replaceChildren(...[...picks.values()].map(chip))
  $('picks').hidden = picks.size === 0
  $('popular').replaceChildren(...popular.filter(({ movieId }) => !isPicked(movieId)).map(suggestion))
}

function chip({ movie, rating }) {
  const name = nameOf(movie)
  const menu = ratingMenu(name, rating)
  menu.onchange = () => pick(movie, chosenIn(menu))
  const remove = element(
    'button',
    { type: 'button', className: 'quiet', ariaLabel: `Remove ${name}`, onclick: () => unpick(movie.movieId) },
    '×'
  )
  return element('li', {}, element('span', {}, name), menu, remove)
}

const suggestion = movie =>
  element('li', {}, element('button', { type: 'button', className: 'chip', onclick: () => pick(movie) }, nameOf(movie)))
