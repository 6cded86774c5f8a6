import { element } from './element.js'

let link

/** @param address where a movie has a page, with {movieId} in it; undefined where none has */
export const linkMovies = address => (link = address)

/** A title with its year where both are known, else the id. */
export function nameOf({ movieId, title, year }) {
  if (!title) return `Movie ${movieId}`
  return year && !title.endsWith(`(${year})`) ? `${title} (${year})` : title
}

/** The name, as a link where the movie has a page. */
export function linkTo(movie) {
  if (!link) return nameOf(movie)
  return element('a', { href: link.replace('{movieId}', encodeURIComponent(movie.movieId)), rel: 'noreferrer' }, nameOf(movie))
}
