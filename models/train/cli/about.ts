import { basename } from 'node:path'
import type { Command } from 'commander'
import { manifestSchema } from '../../../src/recommender/model/manifest.js'
import { LINK_COLUMNS, MOVIE_COLUMNS } from '../data/column-names.js'
import { joined, type Movie, readLinks, readMovies } from '../data/movies.js'
import { pairsText } from './input.js'
import { matching, pairs } from './parsers.js'

/** What a folder tells of its movies and of itself: options that the commands share which write one. */
export interface AboutOptions {
  movies?: string
  movieColumns?: Record<string, string>
  links?: string
  linkColumns?: Record<string, string>
  licence: string
  link?: string
  date: string
}

export const addAbout = (command: Command): Command =>
  command
    .option('--movies <file>', 'titles, genres and years, in the same formats: for the folder')
    .option('--movie-columns <list>', 'where columns are: item=…,title=…,genres=…,year=…', pairs(Object.keys(MOVIE_COLUMNS)))
    .option('--links <file>', 'ids on IMDb and TMDb, as of MovieLens: for the folder')
    .option('--link-columns <list>', 'where columns are: item=…,imdb=…,tmdb=…', pairs(Object.keys(LINK_COLUMNS)))
    .option('--licence <text>', 'the licence of the ratings, for the manifest', 'not stated')
    .option(
      '--link <address>',
      'where a movie has a page, with {movieId} in it: for people who look at the answers',
      matching(manifestSchema.properties.link)
    )
    .option(
      '--date <date>',
      'when the model is made, for the manifest',
      matching(manifestSchema.properties.created),
      new Date().toISOString().slice(0, 10)
    )

/** The same options again, without anything of this machine. */
export const aboutArguments = ({ movies, movieColumns, links, linkColumns, licence, link, date }: AboutOptions): string[] => [
  ...(movies ? [`--movies ${basename(movies)}`] : []),
  ...(movieColumns ? [`--movie-columns ${pairsText(movieColumns)}`] : []),
  ...(links ? [`--links ${basename(links)}`] : []),
  ...(linkColumns ? [`--link-columns ${pairsText(linkColumns)}`] : []),
  `--licence ${JSON.stringify(licence)}`,
  ...(link ? [`--link ${JSON.stringify(link)}`] : []),
  `--date ${date}`
]

/** What is known of the movies, and sentences on how many of those rated it is known of. */
export async function moviesOf(
  { movies, movieColumns, links, linkColumns, skipBadLines }: AboutOptions & { skipBadLines?: boolean },
  movieIds: readonly string[],
  say: (line: string) => void
): Promise<Map<string, Movie> | undefined> {
  if (!movies && !links) return undefined
  const titled = movies ? await readMovies(movies, { columns: movieColumns, skipBadLines, say }) : new Map<string, Movie>()
  const linked = links ? await readLinks(links, { columns: linkColumns, skipBadLines, say }) : new Map<string, Movie>()
  const tell = (file: string, what: string, has: (id: string) => boolean): void => {
    const found = movieIds.filter(has).length
    say(`${basename(file)}: ${what} for ${found} of ${movieIds.length} movies`)
    if (found < movieIds.length / 2) say(`warning: more than half of the movies have no ${what}: are these the ids of the same movies?`)
  }
  if (movies) tell(movies, 'titles', id => titled.get(id)?.title !== undefined)
  if (links) tell(links, 'links', id => linked.has(id))
  return joined(titled, linked)
}
