import { basename } from 'node:path'
import { badLines, ID, isGood, isNoId } from './bad-lines.js'
import { LINK_COLUMNS, MOVIE_COLUMNS, type Names } from './column-names.js'
import { Database } from './database.js'
import { wholeNumbers } from './read-ratings.js'
import { openSource, type Source } from './source.js'

export interface Movie {
  title?: string
  genres?: string[]
  year?: number
  /** `tt0111161` */
  imdb?: string
  tmdb?: string
}

/**
 * Reads what is known of movies, in any of the formats of docs/data.md. If a file has a movie twice, the later line counts.
 *
 * @param columns where columns are that have other names: a name, or a number from 1
 * @throws Error that names file, line, column and what was expected
 */
export const readMovies = (
  file: string,
  columns: Partial<Record<string, string>> = {},
  say?: (sentence: string) => void
): Promise<Map<string, Movie>> => read(file, MOVIE_COLUMNS, columns, '--movie-columns', say)

/** Reads which movie has which id on IMDb and TMDb. */
export const readLinks = (file: string, say?: (sentence: string) => void): Promise<Map<string, Movie>> =>
  read(file, LINK_COLUMNS, {}, '--movie-columns', say)

/** What is known of each movie, from both. */
export function joined(movies: ReadonlyMap<string, Movie>, links: ReadonlyMap<string, Movie>): Map<string, Movie> {
  return new Map([...links, ...movies].map(([id, movie]) => [id, { ...movie, ...links.get(id) }]))
}

async function read(
  file: string,
  names: Names<string>,
  given: Partial<Record<string, string>>,
  option: string,
  say: (sentence: string) => void = () => {}
): Promise<Map<string, Movie>> {
  return Database.with(1, async database => {
    const source: Source<string> = await openSource(database, file, names, given as Record<string, string>, option)
    say(`${basename(file)}: ${source.understood}`)
    const texts = Object.entries(source.columns).map(([column, sql]) => `trim(${sql}) AS "${column}"`)
    await database.run(`CREATE TABLE movies AS SELECT ${texts.join(', ')} FROM ${source.table}`)
    const expected = [{ column: 'item', isBad: isNoId('item'), words: ID }]
    const bad = await badLines(database, 'movies', source, expected)
    if (bad.length > 0) throw new Error(bad.join('\n'))
    const rows = await database.rows(`SELECT * FROM movies WHERE ${isGood(expected)}`)
    if (rows.length === 0) throw new Error(`${basename(file)}: expected at least one movie, found none`)
    const ids = wholeNumbers(
      rows.map(({ item }) => item as string),
      'item'
    )
    return new Map(rows.map((row, place) => [ids[place], movieOf(row)]))
  })
}

function movieOf({ title, genres, year, imdb, tmdb }: Record<string, string | null>): Movie {
  const known = (text: string | null | undefined): string | undefined => (text == null || MISSING.test(text) ? undefined : text)
  const [titled, released, onImdb, onTmdb] = [title, year, imdb, tmdb].map(known)
  return {
    ...(titled && { title: titled }),
    ...(genres !== undefined && { genres: genresOf(known(genres) ?? '') }),
    ...(released && yearOf(released) && { year: yearOf(released) }),
    ...(onImdb && { imdb: /^\d+$/.test(onImdb) ? `tt${onImdb.padStart(7, '0')}` : onImdb }),
    ...(onTmdb && { tmdb: onTmdb.replace(/\.0$/, '') })
  }
}

const MISSING = /^(|nan|null|none|na|\\n|\(no genres listed\))$/i

const yearOf = (text: string): number => Number(/^\d{4}/.exec(text)?.[0] ?? 0)

/**
 * `Action|Drama`, `Action, Drama`, `["Action", "Drama"]`, and a list of things with a name, as TMDb has it in JSON and as
 * Python prints it.
 */
export function genresOf(text: string): string[] {
  const names = text.startsWith('[') ? listed(text) : text.split(text.includes('|') ? '|' : /[,;]/)
  return [...new Set(names.map(name => name.trim()).filter(name => !MISSING.test(name)))]
}

function listed(text: string): string[] {
  const names = [...text.matchAll(/['"]name['"]\s*:\s*(?:"([^"]*)"|'([^']*)')/g)]
  const quoted = names.length > 0 ? names : [...text.matchAll(/"([^"]*)"|'([^']*)'/g)]
  return quoted.length > 0 ? quoted.map(([, double, single]) => double ?? single) : text.slice(1, -1).split(',')
}
