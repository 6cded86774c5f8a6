import type { Catalogue } from './catalogue.js'
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

interface Rule<Value> {
  /** the column that the model folder must have */
  column: keyof Items
  /** the rows that pass */
  passes(value: Value, catalogue: Catalogue): (row: number) => boolean
}

/** Every filter, defined here and nowhere else: an answer leaves out the rows that do not pass. */
export const FILTERS: { [Name in keyof Filters]-?: Rule<NonNullable<Filters[Name]>> } = {
  genre: {
    column: 'genres',
    passes: (genres, catalogue) => {
      const members = genres.flatMap(genre => catalogue.membersOf(genre) ?? [])
      return row => members.some(isMember => isMember[row])
    }
  },
  excludeGenre: {
    column: 'genres',
    passes: (genres, catalogue) => {
      const members = genres.flatMap(genre => catalogue.membersOf(genre) ?? [])
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
    passes: (movieIds, catalogue) => {
      const wanted = new Set(catalogue.lookUp(movieIds).rows)
      return row => wanted.has(row)
    }
  }
}

const names = Object.keys(FILTERS) as (keyof Filters)[]

/** The filters that a request has, by name. An empty list is none. */
export function filtersOf(request: Filters): [name: keyof Filters, value: unknown][] {
  return names.flatMap(name => {
    const value = request[name]
    return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[name, value]]
  })
}

function byNumber(column: 'years' | 'likes', compare: (value: number, bound: number) => boolean): Rule<number>['passes'] {
  return (bound, { items: { [column]: values = [] } }) =>
    row =>
      compare(values[row], bound)
}
