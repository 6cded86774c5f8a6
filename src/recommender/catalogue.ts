import type { Items } from './model/items.js'

const MOST_COMBINATIONS = 64
const NONE = { rows: [], unknown: [] }

/** Translates what callers say, ids and genres, to item rows of the graph. */
export class Catalogue {
  readonly #rows = new Map<number, number>()
  readonly #byGenre = new Map<string, Uint8Array>()
  readonly #outside = new Map<string, Int32Array>()
  /** every genre, sorted; empty when the model folder has no genres */
  readonly genres: readonly string[]

  constructor(readonly items: Items) {
    for (const [row, id] of items.movieIds.entries()) this.#rows.set(id, row)
    for (const [row, genres] of items.genres?.entries() ?? []) for (const genre of genres) this.#membership(genre)[row] = 1
    this.genres = [...this.#byGenre.keys()].sort()
  }

  get size(): number {
    return this.items.movieIds.length
  }

  has(movieId: number): boolean {
    return this.#rows.has(movieId)
  }

  /** Undefined for a movie that is not in the catalogue. */
  rowOf(movieId: number): number | undefined {
    return this.#rows.get(movieId)
  }

  /** The rows of the movies that are in the catalogue, each once, and the ids of the others. */
  lookUp(movieIds: readonly number[]): { rows: number[]; unknown: number[] } {
    if (movieIds.length === 0) return NONE
    const rows: number[] = []
    const unknown: number[] = []
    for (const id of new Set(movieIds)) {
      const row = this.#rows.get(id)
      if (row === undefined) unknown.push(id)
      else rows.push(row)
    }
    return { rows, unknown }
  }

  /** The rows that have none of these genres, which a filter excludes. The array is cached: do not write to it. */
  rowsOutside(genres: readonly string[]): Int32Array {
    const key = JSON.stringify([...new Set(genres)].sort())
    let outside = this.#outside.get(key)
    if (!outside) {
      const inside = genres.flatMap(genre => this.#byGenre.get(genre) ?? [])
      outside = Int32Array.from({ length: this.size }, (_, row) => row).filter(row => !inside.some(members => members[row]))
      // People use few combinations. Somebody who tries all of them must not fill the memory.
      if (this.#outside.size >= MOST_COMBINATIONS) this.#outside.clear()
      this.#outside.set(key, outside)
    }
    return outside
  }

  /** Whether the model has learnt anything about one of these movies. */
  hasSignal(rows: ArrayLike<number>): boolean {
    const { likes } = this.items
    if (!likes) return rows.length > 0
    for (let i = 0; i < rows.length; i++) if (likes[rows[i]] > 0) return true
    return false
  }

  #membership(genre: string): Uint8Array {
    const members = this.#byGenre.get(genre) ?? new Uint8Array(this.size)
    this.#byGenre.set(genre, members)
    return members
  }
}
