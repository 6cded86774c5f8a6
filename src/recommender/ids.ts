import type { MovieId } from './model/items.js'

const NONE = { rows: [], unknown: [] }

/**
 * What movies are called, in the model's own ids or in those of a site: names to item rows, and back. A movie that has no id there
 * has none here. Nor has one whose id another movie before it has: nothing is ever answered twice under one id.
 */
export class Ids {
  readonly #rows = new Map<MovieId, number>()

  /** @param column the id of each row, null where there is none */
  constructor(private readonly column: readonly (MovieId | null)[]) {
    for (const [row, id] of column.entries()) if (id !== null && !this.#rows.has(id)) this.#rows.set(id, row)
  }

  /** Undefined for a movie that is not in the catalogue. */
  rowOf(id: MovieId): number | undefined {
    return this.#rows.get(id)
  }

  /** The id of a row that has one. */
  idOf(row: number): MovieId {
    return this.column[row] as MovieId
  }

  has(row: number): boolean {
    return this.#rows.get(this.idOf(row)) === row
  }

  /** The rows of the movies that are in the catalogue, each once, and the ids of the others. */
  lookUp(ids: readonly MovieId[]): { rows: number[]; unknown: MovieId[] } {
    if (ids.length === 0) return NONE
    const rows: number[] = []
    const unknown: MovieId[] = []
    for (const id of new Set(ids)) {
      const row = this.rowOf(id)
      if (row === undefined) unknown.push(id)
      else rows.push(row)
    }
    return { rows, unknown }
  }
}
