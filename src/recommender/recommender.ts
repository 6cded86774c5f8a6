import { flatten, type Query, type Ranking, rankingOf } from './scoring/query.js'
import { Batcher, type BatcherLimits, QueueFull } from './batcher.js'
import { Catalogue } from './catalogue.js'
import type { Model } from './model/load-model.js'

/** What is asked: for somebody who is known, for a history that comes along, or both. */
export interface Ask {
  /** whose stored history to start from */
  userId?: string
  /** movies they like, oldest first; on top of the stored history */
  history?: readonly number[]
  /** take `history` instead of the stored one */
  replace?: boolean
  /** movies that must not be answered, beyond all they have seen */
  exclude?: readonly number[]
  /** answer only movies of one of these genres */
  genres?: readonly string[]
  n: number
}

/** What decided the order: likes, or, where there are none that the model knows of, what everybody likes. */
export type Source = 'history' | 'popular'

export interface Recommendation {
  source: Source
  /** best first; fewer than asked for when fewer are left */
  movieIds: number[]
  /** the same, with everything that is known of them */
  items(): { movieId: number; score: number; title?: string }[]
  /** movies of the request that are not in the catalogue */
  unknownMovieIds: number[]
}

/** Is told what happens inside, for metrics. */
export interface Observer {
  scored(size: number, seconds: number): void
  /** @param rows how many item rows each query of a batch was scored with; only from graphs that stop early */
  searched(rows: Int32Array): void
  recommended(source: Source): void
  refused(reason: 'queue_full'): void
}

export interface Recommender {
  readonly model: Model
  /** `name/version` of the model */
  readonly version: string
  readonly catalogue: Catalogue
  /** how many requests wait to be scored */
  readonly waiting: number
  knows(userId: string): boolean
  /**
   * The best movies for a history, without what is excluded. A user who is not known is an empty history, and the
   * graph answers that with what is popular.
   *
   * @param group asks of the same group, made in one turn, are scored as one batch
   * @throws QueueFull, TookTooLong
   */
  recommend(ask: Ask, group?: object): Promise<Recommendation>
  /** Lets go of the model. Nothing may be asked at that time. */
  close(): Promise<void>
}

const NOTHING = new Int32Array(0)
const NOBODY = { liked: NOTHING, seen: NOTHING }

export function createRecommender(model: Model, limits: BatcherLimits, observer?: Observer): Recommender {
  const { manifest, items, histories, scorer } = model
  const catalogue = new Catalogue(items)

  const scoreAll = async (queries: Query[]): Promise<Ranking[]> => {
    const start = performance.now()
    const rankings = await scorer.score(flatten(queries))
    observer?.scored(queries.length, (performance.now() - start) / 1000)
    if (rankings.scored) observer?.searched(rankings.scored)
    return queries.map((_, i) => rankingOf(rankings, i))
  }
  const batcher = new Batcher(scoreAll, limits)

  const movieIdsOf = (rows: Int32Array): number[] => {
    const movieIds = new Array<number>(rows.length)
    for (let rank = 0; rank < rows.length; rank++) movieIds[rank] = items.movieIds[rows[rank]]
    return movieIds
  }

  /** What is kept of somebody, and what came along. Where order means nothing, there is one order for all: the same likes then give the same bytes. */
  const historyOf = (kept: Int32Array, news: number[]): Int32Array => {
    if (news.length === 0) return kept
    const history = union(kept, news)
    return manifest.order ? history : history.sort()
  }

  return {
    model,
    version: `${manifest.name}/${manifest.version}`,
    catalogue,
    get waiting() {
      return batcher.waiting
    },
    knows: userId => histories.of(userId) !== undefined,
    recommend({ userId, history = [], replace = false, exclude = [], genres = [], n }, group) {
      const { liked, seen } = (userId !== undefined && !replace && histories.of(userId)) || NOBODY
      const news = catalogue.lookUp(history)
      const without = catalogue.lookUp(exclude)

      const query: Query = {
        history: historyOf(liked, news.rows),
        exclude: concat(seen, news.rows, without.rows, genres.length > 0 ? catalogue.rowsOutside(genres) : NOTHING),
        k: Math.min(n, catalogue.size)
      }
      const source = catalogue.tells(query.history) ? 'history' : 'popular'
      const unknownMovieIds = news.unknown.concat(without.unknown)
      const ranked = ({ rows, scores }: Ranking): Recommendation => {
        observer?.recommended(source)
        return {
          source,
          movieIds: movieIdsOf(rows),
          items: () =>
            Array.from(rows, (row, rank) => ({
              movieId: items.movieIds[row],
              score: scores[rank],
              title: items.titles?.[row] || undefined
            })),
          unknownMovieIds
        }
      }
      return batcher.submit(query, group).then(ranked, (error: unknown) => {
        if (error instanceof QueueFull) observer?.refused('queue_full')
        throw error
      })
    },
    close: () => scorer.close()
  }
}

/** The rows of both, each once, a later one in place of an earlier one: the order is the order in time. A copy. */
function union(earlier: Int32Array, later: number[]): Int32Array {
  const again = new Set(later)
  return Int32Array.from([...earlier.filter(row => !again.has(row)), ...later])
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
