import { FILTERS, type Filters, filtersOf } from './filters.js'
import type { Items, MovieId } from './model/items.js'

const MOST_COMBINATIONS = 64
const NONE = { rows: [], unknown: [] }
const NO_ROWS = new Int32Array(0)

/** Translates what callers say, ids and filters, to item rows of the graph. */
export class Catalogue {
  readonly #rows = new Map<MovieId, number>()
  readonly #byGenre = new Map<string, Uint8Array>()
  readonly #outside = new Map<string, Int32Array>()
  /** every genre, sorted; empty when the model folder has no genres */
  readonly genres: readonly string[]

  constructor(readonly items: Items) {
    for (const [row, id] of items.movieIds.entries()) this.#rows.set(id, row)
    for (const [row, genres] of items.genres?.entries() ?? []) for (const genre of genres) this.#membership(genre)[row] = 1
    this.genres = [...new Set(items.genres?.flat())].sort()
  }

  get size(): number {
    return this.items.movieIds.length
  }

  has(movieId: MovieId): boolean {
    return this.rowOf(movieId) !== undefined
  }

  /** Undefined for a movie that is not in the catalogue. */
  rowOf(movieId: MovieId): number | undefined {
    return this.#rows.get(movieId)
  }

  /** The rows of the movies that are in the catalogue, each once, and the ids of the others. */
  lookUp(movieIds: readonly MovieId[]): { rows: number[]; unknown: MovieId[] } {
    if (movieIds.length === 0) return NONE
    const rows: number[] = []
    const unknown: MovieId[] = []
    for (const id of new Set(movieIds)) {
      const row = this.rowOf(id)
      if (row === undefined) unknown.push(id)
      else rows.push(row)
    }
    return { rows, unknown }
  }

  membersOf(genre: string): Uint8Array | undefined {
    return this.#byGenre.get(genre.toLowerCase())
  }

  /** The rows that do not pass the filters of a request. The array may be cached: do not write to it. */
  rowsOutside(request: Filters): Int32Array {
    const filters = filtersOf(request)
    if (filters.length === 0) return NO_ROWS
    // People use few combinations. Somebody who tries all of them must not fill the memory.
    if (request.only) return this.#outsideOf(filters)
    const key = JSON.stringify(filters.map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)].sort() : value]))
    const cached = this.#outside.get(key)
    if (cached) return cached
    if (this.#outside.size >= MOST_COMBINATIONS) this.#outside.clear()
    const outside = this.#outsideOf(filters)
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

  #outsideOf(filters: ReturnType<typeof filtersOf>): Int32Array {
    const passes = filters.map(([name, value]) => FILTERS[name].passes(value as never, this))
    return Int32Array.from({ length: this.size }, (_, row) => row).filter(row => !passes.every(pass => pass(row)))
  }

  #membership(genre: string): Uint8Array {
    const key = genre.toLowerCase()
    const members = this.#byGenre.get(key) ?? new Uint8Array(this.size)
    this.#byGenre.set(key, members)
    return members
  }
}
