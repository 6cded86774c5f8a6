import { movieIdIn, readCsv } from './csv.js'

export interface Movie {
  title: string
  genres: string[]
}

/** Reads a `movies.csv` with the columns of MovieLens: genres joined by `|`, or `(no genres listed)`. */
export async function readMovies(file: string): Promise<Map<number, Movie>> {
  const movies = new Map<number, Movie>()
  for await (const { at, value } of readCsv(file, ['movieId', 'title', 'genres'])) {
    const genres = value.genres === '(no genres listed)' ? [] : value.genres.split('|').filter(Boolean)
    movies.set(movieIdIn(value.movieId, at), { title: value.title, genres })
  }
  return movies
}
