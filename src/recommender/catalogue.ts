import { FILTERS, type Filters, filtersOf } from './filters.js'
import { Ids } from './ids.js'
import type { Items, MovieId, Site } from './model/items.js'
import { TitleSearch } from './title-search.js'

const MOST_COMBINATIONS = 64
const NO_ROWS = new Int32Array(0)

/** What is known of a movie. What is not known is left out. */
export interface MovieInfo {
  movieId: MovieId
  title?: string
  year?: number
  genres?: readonly string[]
  likes?: number
  imdbId?: string
  tmdbId?: string
}

/** Translates what callers say, ids and filters, to item rows of the graph. */
export class Catalogue {
  readonly #own: Ids
  readonly #bySite: Partial<Record<Site, Ids>> = {}
  readonly #byGenre = new Map<string, Uint8Array>()
  readonly #outside = new Map<string, Int32Array>()
  /** of a model that has titles */
  readonly titleSearch?: TitleSearch
  /** every genre, sorted; empty when the model folder has no genres */
  readonly genres: readonly string[]

  constructor(readonly items: Items) {
    this.#own = new Ids(items.movieIds)
    const { titles, years, likes } = items
    if (titles) this.titleSearch = new TitleSearch({ titles, years, likes })
    for (const [row, genres] of items.genres?.entries() ?? []) for (const genre of genres) this.#membership(genre)[row] = 1
    this.genres = [...new Set(items.genres?.flat())].sort()
  }

  get size(): number {
    return this.items.movieIds.length
  }

  /** The ids of a site, or those of the model. A site's ids are looked at when they are first asked for. */
  ids(site?: Site): Ids {
    if (!site) return this.#own
    return (this.#bySite[site] ??= new Ids(this.items[site] ?? []))
  }

  /** @param site whose ids to call it by */
  movie(row: number, site?: Site): MovieInfo {
    const { titles, years, genres, likes, imdb, tmdb } = this.items
    return {
      movieId: this.ids(site).idOf(row),
      title: titles?.[row] || undefined,
      year: years?.[row] || undefined,
      genres: genres?.[row],
      likes: likes?.[row],
      imdbId: imdb?.[row] || undefined,
      tmdbId: tmdb?.[row] || undefined
    }
  }

  membersOf(genre: string): Uint8Array | undefined {
    return this.#byGenre.get(genre.toLowerCase())
  }

  /** The rows that do not pass the filters of a request. The array may be cached: do not write to it. */
  rowsOutside(request: Filters): Int32Array {
    const filters = filtersOf(request)
    if (filters.length === 0) return NO_ROWS
    // People use few combinations. Somebody who tries all of them must not fill the memory.
    if (request.only) return this.#outsideOf(filters, request)
    const key = JSON.stringify(filters.map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)].sort() : value]))
    const cached = this.#outside.get(key)
    if (cached) return cached
    if (this.#outside.size >= MOST_COMBINATIONS) this.#outside.clear()
    const outside = this.#outsideOf(filters, request)
    this.#outside.set(key, outside)
    return outside
  }

  /** Whether the model has learnt anything about one of these movies. */
  hasSignal(rows: ArrayLike<number>): boolean {
    const { likes } = this.items
    if (!likes) return rows.length > 0
    for (let i = 0; i < rows.length; i++) if (likes[rows[i]] > 0) return true
    return false
  }

  #outsideOf(filters: ReturnType<typeof filtersOf>, request: Filters): Int32Array {
    const passes = filters.map(([name, value]) => FILTERS[name].passes(value as never, this, request))
    return Int32Array.from({ length: this.size }, (_, row) => row).filter(row => !passes.every(pass => pass(row)))
  }

  #membership(genre: string): Uint8Array {
    const key = genre.toLowerCase()
    const members = this.#byGenre.get(key) ?? new Uint8Array(this.size)
    this.#byGenre.set(key, members)
    return members
  }
}
