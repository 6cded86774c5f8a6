import { getJson } from './api.js'

let loading

/** The columns of the catalogue, which the map and dropped files need: loaded when the first of them does. */
export function catalogue() {
  loading ??= getJson('catalogue').catch(error => {
    loading = undefined
    throw error
  })
  return loading
}

/** A row of it as a movie. */
export const movieAt = ({ movieIds, titles, years, genres }, row) => ({
  movieId: String(movieIds[row]),
  title: titles?.[row],
  year: years?.[row],
  genres: genres?.[row]
})
