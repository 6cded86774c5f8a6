import { $, element, option } from './element.js'
import { linkTo, nameOf } from './movie.js'
import { chosenIn, ratingMenu } from './rating.js'

const WHY = { history: 'from what they like', popular: 'what is popular, for nothing is known of their likes' }

export const showStatus = sentence => ($('status').textContent = sentence)

/**
 * @param answer of any route that recommends
 * @param told what else there is to say: `{ ms, isStale, before }`, where `before` has the ids of the same person's answer before, if
 *   what is new is to be shown
 * @param act what can be done with a movie: `{ rate(movie, rating), showLike(movieId) }`
 */
export function showMovies({ source, model, items, unknownMovieIds = [] }, { ms, isStale, before }, act) {
  const fresh = before ? items.filter(({ movieId }) => !before.has(movieId)) : []
  const facts = [
    `${items.length} movies, ${WHY[source]}`,
    ...(before ? [fresh.length ? `new: ${fresh.map(nameOf).join(', ')}` : 'the same films as before'] : []),
    ...(isStale ? ['the store of ratings does not answer, so only what came with the model counts'] : []),
    `${ms} ms`,
    `model ${model}`,
    ...(unknownMovieIds.length ? [`not in the catalogue: ${unknownMovieIds.join(', ')}`] : [])
  ]
  showStatus(facts.join(' · '))
  $('movies').replaceChildren(...items.map(item => row(item, fresh.includes(item), act)))
}

export function clearMovies() {
  $('movies').replaceChildren()
}

function row(movie, isNew, { rate, showLike }) {
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
    element(
      'div',
      {},
      linkTo(movie),
      ...(isNew ? [element('span', { className: 'new' }, 'new')] : []),
      ...(genres.length ? [element('small', {}, genres.join(' · '))] : []),
      ...reasons(movie)
    ),
    element('div', { className: 'actions' }, like, menu)
  )
}

/** Under a movie: which ones of the history it is there for, of each person. */
function reasons({ because, people = [{ because }] }) {
  return people
    .filter(({ because = [] }) => because.length > 0)
    .map(({ userId, because }) => element('small', {}, `${userId ? `for ${userId}, ` : ''}because of ${because.map(nameOf).join(', ')}`))
}
