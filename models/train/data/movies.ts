import { basename } from 'node:path'
import { goodRows, isNoMovieId, MOVIE_ID, type SkipOptions } from './bad-lines.js'
import { LINK_COLUMNS, MOVIE_COLUMNS, type Names } from './column-names.js'
import { Database, quoted } from './database.js'
import { wholeNumbers } from './read-ratings.js'
import { load, openSource, type Source } from './source.js'

export interface Movie {
  title?: string
  genres?: string[]
  year?: number
  /** `tt0111161` */
  imdb?: string
  tmdb?: string
}

export interface MovieOptions extends SkipOptions {
  /** where columns are that have other names: a name, or a number from 1 */
  columns?: Record<string, string>
}

/**
 * Reads what is known of movies, in any of the formats of docs/data.md. If a file has a movie twice, the later line counts.
 *
 * @throws Error that names file, line, column and what was expected
 */
export const readMovies = (file: string, options?: MovieOptions): Promise<Map<string, Movie>> =>
  read(file, MOVIE_COLUMNS, '--movie-columns', options)

/** Reads which movie has which id on IMDb and TMDb. @throws Error as `readMovies` does */
export const readLinks = (file: string, options?: MovieOptions): Promise<Map<string, Movie>> =>
  read(file, LINK_COLUMNS, '--link-columns', options)

/** What is known of each movie, from both. */
export function joined(movies: ReadonlyMap<string, Movie>, links: ReadonlyMap<string, Movie>): Map<string, Movie> {
  return new Map([...links, ...movies].map(([id, movie]) => [id, { ...movie, ...links.get(id) }]))
}

async function read(
  file: string,
  names: Names<string>,
  option: string,
  { columns: given = {}, skipBadLines, say }: MovieOptions = { say: () => {} }
): Promise<Map<string, Movie>> {
  return Database.with(1, async database => {
    const source: Source<string> = await openSource(database, file, { names, given, option })
    say(`${basename(file)}: ${source.understood}`)
    const texts = Object.entries(source.columns).map(([column, sql]) => `trim(${sql}) AS "${column}"`)
    await load(database, 'movies', source, texts.join(', '))
    const sites = SITES.filter(({ column }) => source.columns[column])
    const expected = [{ column: 'item', isBad: isNoMovieId('item'), words: MOVIE_ID }, ...sites]
    const good = await goodRows(database, 'movies', source, expected, { skipBadLines, say })
    const rows = await database.rows(`SELECT * FROM movies WHERE ${good}`)
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
    ...(onImdb && numberIn(onImdb) > 0 && { imdb: `tt${String(numberIn(onImdb)).padStart(7, '0')}` }),
    ...(onTmdb && numberIn(onTmdb) > 0 && { tmdb: String(numberIn(onTmdb)) })
  }
}

const MISSING = /^(|nan|null|none|na|\\n|\(no genres listed\))$/i

/** What ids on other sites look like in files: IMDb's with or without `tt`, and whole numbers as pandas writes them, `862.0`. */
const SITES = [
  { column: 'imdb', isBad: isNot('imdb', '^(tt)?[0-9]{1,9}([.]0)?$'), words: 'an id of IMDb such as tt0111161 or 0111161, or nothing' },
  { column: 'tmdb', isBad: isNot('tmdb', '^[0-9]{1,9}([.]0)?$'), words: 'an id of TMDb such as 278, or nothing' }
]

function isNot(column: string, pattern: string): string {
  const matches = [MISSING.source, pattern].map(each => `regexp_matches("${column}", ${quoted(each)}, 'i')`)
  return `NOT (${matches.join(' OR ')})`
}

const numberIn = (id: string): number => Number(/\d+/.exec(id)?.[0])

const yearOf = (text: string): number => Number(/\b\d{4}\b/.exec(text)?.[0] ?? 0)

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
