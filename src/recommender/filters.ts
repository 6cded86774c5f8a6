import type { Items, MovieId } from './model/items.js'

/** What an answer may be narrowed to. All that are given hold together. */
export interface Filters {
  /** one of these genres, in any case */
  genre?: readonly string[]
  /** none of these genres */
  excludeGenre?: readonly string[]
  /** the first year, and the last */
  from?: number
  to?: number
  /** how many people like it, at least and at most */
  minLikes?: number
  maxLikes?: number
  /** one of these movies */
  only?: readonly MovieId[]
}

/** What a rule may look at. */
interface Known {
  items: Items
  /** Which rows are of a genre, in any case: [items], 1 where one is. Undefined for a genre that there is not. */
  membersOf(genre: string): Uint8Array | undefined
}

interface Rule<Value> {
  /** the column that the model folder must have */
  column: keyof Items
  /** the rows that pass */
  passes(value: Value, known: Known): (row: number) => boolean
}

/** Every filter, defined here and nowhere else: an answer leaves out the rows that do not pass. */
export const FILTERS: { [Name in keyof Filters]-?: Rule<NonNullable<Filters[Name]>> } = {
  genre: {
    column: 'genres',
    passes: (genres, known) => {
      const members = membersOf(genres, known)
      return row => members.some(isMember => isMember[row])
    }
  },
  excludeGenre: {
    column: 'genres',
    passes: (genres, known) => {
      const members = membersOf(genres, known)
      return row => !members.some(isMember => isMember[row])
    }
  },
  from: { column: 'years', passes: byNumber('years', (year, from) => year >= from) },
  // the year 0 is not known
  to: { column: 'years', passes: byNumber('years', (year, to) => year > 0 && year <= to) },
  minLikes: { column: 'likes', passes: byNumber('likes', (likes, least) => likes >= least) },
  maxLikes: { column: 'likes', passes: byNumber('likes', (likes, most) => likes <= most) },
  only: {
    column: 'movieIds',
    passes: (movieIds, { items }) => {
      const wanted = new Set(movieIds)
      return row => wanted.has(items.movieIds[row])
    }
  }
}

const names = Object.keys(FILTERS) as (keyof Filters)[]

/** The filters that a request has, by name. An empty list is none. */
export function filtersOf(request: Filters): [name: keyof Filters, value: unknown][] {
  const given: [name: keyof Filters, value: unknown][] = []
  for (const name of names) {
    const value = request[name]
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) given.push([name, value])
  }
  return given
}

const membersOf = (genres: readonly string[], known: Known): Uint8Array[] => genres.flatMap(genre => known.membersOf(genre) ?? [])

function byNumber(column: 'years' | 'likes', compare: (value: number, bound: number) => boolean): Rule<number>['passes'] {
  return (bound, { items: { [column]: values = [] } }) =>
    row =>
      compare(values[row], bound)
}
