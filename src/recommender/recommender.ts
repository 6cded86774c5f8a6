import { Batcher, type BatcherLimits, QueueFull } from './batcher.js'
import { Catalogue } from './catalogue.js'
import type { Filters } from './filters.js'
import { extended, type HistoryEntry, latest, sorted, weighted, type WeightedHistory } from './history.js'
import { EMPTY_HISTORY } from './model/histories.js'
import type { MovieId } from './model/items.js'
import type { Model } from './model/load-model.js'
import { flatten, type Query, type Ranking, rankingOf } from './scoring/query.js'

/** Recommend for a known user, for a history that comes with the request, or for both together. */
export interface RecommendRequest extends Filters {
  /** whose stored history to start from */
  userId?: string
  /** movies they rated or like, oldest first; if one comes twice, the later counts */
  history?: readonly HistoryEntry[]
  /** whether `history` comes on top of the stored one, or in its place */
  mode?: 'extend' | 'replace'
  /** movies that must not be answered, beyond all they have seen */
  exclude?: readonly MovieId[]
  /** how many movies */
  n: number
}

/** What decided the order: the user's likes, or, if the model knows none of them, what everybody likes. */
export type Source = 'history' | 'popular'

export interface Recommendation {
  source: Source
  /** best first; fewer than asked for when fewer are left */
  movieIds: MovieId[]
  /** the same movies, with everything that is known about them */
  items(): { movieId: MovieId; score: number; title?: string }[]
  /** movies of the request that the catalogue does not have */
  unknownMovieIds: MovieId[]
}

/** Learns what happens inside, for metrics. */
export interface Observer {
  batchScored(size: number, seconds: number): void
  /** @param rows [size]: how many item rows were scored for each query; only graphs that stop early tell */
  rowsScanned(rows: Int32Array): void
  recommended(source: Source): void
  refused(reason: 'queue_full'): void
}

/** One idea carries it: everyone is a history. An unknown user is an empty history, and the graph answers that with what is popular. */
export class Recommender {
  /** `name/version` of the model */
  readonly version: string
  readonly catalogue: Catalogue
  readonly #batcher: Batcher<Query, Ranking>

  constructor(
    readonly model: Model,
    limits: BatcherLimits,
    readonly observer?: Observer
  ) {
    this.version = `${model.manifest.name}/${model.manifest.version}`
    this.catalogue = new Catalogue(model.items)
    this.#batcher = new Batcher(queries => this.#scoreBatch(queries), limits)
  }

  /** how many requests wait to be scored */
  get waiting(): number {
    return this.#batcher.waiting
  }

  /**
   * Checks that all requests of a group have room, before they are made in the same turn of the event loop.
   *
   * @throws QueueFull
   */
  admit(requests: number): void {
    try {
      this.#batcher.admit(requests)
    } catch (error) {
      this.observer?.refused('queue_full')
      throw error
    }
  }

  knows(userId: string): boolean {
    return this.model.histories.of(userId) !== undefined
  }

  /**
   * The best movies for a history, without what is excluded.
   *
   * @param group requests of the same group, made in one turn of the event loop, are scored as one batch
   * @throws QueueFull, TookTooLong
   */
  recommend({ userId, history = [], mode, exclude = [], n, ...filters }: RecommendRequest, group?: object): Promise<Recommendation> {
    const { catalogue, model } = this
    const stored = (userId !== undefined && mode !== 'replace' && model.histories.of(userId)) || EMPTY_HISTORY
    const added = this.#ratedRows(history)
    const excluded = catalogue.lookUp(exclude)

    const { rows, weights } = this.#extend(weighted(stored, model.scale), added.rows)
    const query: Query = {
      history: rows,
      weights,
      exclude: concat(stored.rows, [...added.rows.keys()], excluded.rows, catalogue.rowsOutside(filters)),
      k: Math.min(n, catalogue.size)
    }
    const source = catalogue.hasSignal(rows) ? 'history' : 'popular'
    const unknownMovieIds = added.unknown.concat(excluded.unknown, catalogue.lookUp(filters.only ?? []).unknown)
    return this.#batcher.submit(query, group).then(
      ranking => {
        this.observer?.recommended(source)
        return { source, movieIds: this.#movieIds(ranking), items: () => this.#items(ranking), unknownMovieIds }
      },
      (error: unknown) => {
        if (error instanceof QueueFull) this.observer?.refused('queue_full')
        throw error
      }
    )
  }

  /** Closes the model. No request may be waiting. */
  close(): Promise<void> {
    return this.model.scorer.close()
  }

  async #scoreBatch(queries: Query[]): Promise<Ranking[]> {
    const start = performance.now()
    const rankings = await this.model.scorer.score(flatten(queries))
    this.observer?.batchScored(queries.length, (performance.now() - start) / 1000)
    if (rankings.scannedRows) this.observer?.rowsScanned(rankings.scannedRows)
    return queries.map((_, i) => rankingOf(rankings, i))
  }

  /** The weight of each row of the history, in its order, and the ids that the catalogue does not have. */
  #ratedRows(history: readonly HistoryEntry[]): { rows: Map<number, number>; unknown: MovieId[] } {
    const rows = new Map<number, number>()
    const unknown: MovieId[] = []
    for (const [movieId, rating] of latest(history)) {
      const row = this.catalogue.rowOf(movieId)
      if (row === undefined) unknown.push(movieId)
      else rows.set(row, this.model.scale.weightOf(rating))
    }
    return { rows, unknown }
  }

  #extend(stored: WeightedHistory, added: Map<number, number>): WeightedHistory {
    if (added.size === 0) return stored
    const history = extended(stored, added)
    return this.model.manifest.order ? history : sorted(history)
  }

  #movieIds({ rows }: Ranking): MovieId[] {
    const { movieIds } = this.model.items
    const ids = new Array<MovieId>(rows.length)
    for (let rank = 0; rank < rows.length; rank++) ids[rank] = movieIds[rows[rank]]
    return ids
  }

  #items({ rows, scores }: Ranking): { movieId: MovieId; score: number; title?: string }[] {
    const { movieIds, titles } = this.model.items
    return Array.from(rows, (row, rank) => ({ movieId: movieIds[row], score: scores[rank], title: titles?.[row] || undefined }))
  }
}

function concat(...lists: ArrayLike<number>[]): Int32Array {
  const filled = lists.filter(({ length }) => length > 0)
  if (filled.length === 1 && filled[0] instanceof Int32Array) return filled[0]
  const all = new Int32Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of filled) {
    all.set(list, at)
    at += list.length
  }
  return all
}
