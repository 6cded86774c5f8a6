import type { Items } from './items.js'

/** Movies as callers name them, and as the graph does: ids and genres to item rows, and back. */
export class Catalogue {
  readonly #rows: Map<number, number>
  readonly #byGenre = new Map<string, Uint8Array>()

  constructor(readonly items: Items) {
    this.#rows = new Map(items.movieIds.map((id, row) => [id, row]))
    for (const [row, genres] of items.genres?.entries() ?? []) for (const genre of genres) this.#membership(genre)[row] = 1
  }

  get size(): number {
    return this.items.movieIds.length
  }

  /** Every genre that some movie has; none when the model folder has no genres. */
  get genres(): string[] {
    return [...this.#byGenre.keys()].sort()
  }

  /** The rows of those that are in the catalogue, each once, and the ids of the others. */
  lookUp(movieIds: readonly number[]): { rows: number[]; unknown: number[] } {
    const rows: number[] = []
    const unknown: number[] = []
    for (const id of new Set(movieIds)) {
      const row = this.#rows.get(id)
      if (row === undefined) unknown.push(id)
      else rows.push(row)
    }
    return { rows, unknown }
  }

  /** The rows that have none of these genres: what a filter excludes. */
  rowsOutside(genres: readonly string[]): number[] {
    const inside = genres.flatMap(genre => this.#byGenre.get(genre) ?? [])
    const rows: number[] = []
    for (let row = 0; row < this.size; row++) if (!inside.some(members => members[row])) rows.push(row)
    return rows
  }

  /** Whether the model has learnt anything of one of these movies. */
  tells(rows: ArrayLike<number>): boolean {
    const { likes } = this.items
    return Array.prototype.some.call(rows, (row: number) => !likes || likes[row] > 0)
  }

  #membership(genre: string): Uint8Array {
    const members = this.#byGenre.get(genre) ?? new Uint8Array(this.size)
    this.#byGenre.set(genre, members)
    return members
  }
}
