import { $, element, option } from './element.js'
import { linkTo, nameOf } from './movie.js'
import { chosenIn, ratingMenu } from './rating.js'

const WHY = { history: 'from what they like', popular: 'what is popular, for nothing is known of their likes' }

export const showStatus = sentence => ($('status').textContent = sentence)

/**
 * @param answer of any route that recommends
 * @param act what can be done with a movie: `{ rate(movie, rating), showLike(movieId) }`
 */
export function showMovies({ source, model, items, unknownMovieIds = [] }, ms, act) {
  const unknown = unknownMovieIds.length ? ` · not in the catalogue: ${unknownMovieIds.join(', ')}` : ''
  showStatus(`${items.length} movies, ${WHY[source]} · ${ms} ms · model ${model}${unknown}`)
  $('movies').replaceChildren(...items.map(item => row(item, act)))
}

export function clearMovies() {
  $('movies').replaceChildren()
}

function row(movie, { rate, showLike }) {
  const menu = ratingMenu(nameOf(movie), undefined, option('Seen it?', ''))
  menu.onchange = () => rate(movie, chosenIn(menu))
  const like = element(
    'button',
    { type: 'button', ariaLabel: `More like this: ${nameOf(movie)}`, onclick: () => showLike(movie) },
    'More like this'
  )
  const { genres = [] } = movie
  return element(
    'li',
    {},
    element('div', {}, linkTo(movie), ...(genres.length ? [element('small', {}, genres.join(' · '))] : []), ...reasons(movie)),
    element('div', { className: 'actions' }, like, menu)
  )
}

/** Under a movie: which ones of the history it is there for, of each person. */
function reasons({ because, people = [{ because }] }) {
  return people
    .filter(({ because = [] }) => because.length > 0)
    .map(({ userId, because }) => element('small', {}, `${userId ? `for ${userId}, ` : ''}because of ${because.map(nameOf).join(', ')}`))
}
