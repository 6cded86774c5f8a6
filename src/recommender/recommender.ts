import { pack, type Query, type Ranking, unpack } from './batch.js'
import { Batcher, type BatcherLimits } from './batcher.js'
import type { Model } from './load.js'

export interface Recommendation {
  /** what decided the order: the user's likes, or everybody's where there are none */
  source: 'history' | 'popular'
  /** best first */
  movieIds: number[]
  scores: Float32Array
}

export interface Recommender {
  /** `name/version` of the model */
  model: string
  knows(userId: string): boolean
  /**
   * The `n` best movies that the user has not seen, or as many as are left. A user who is not known, or likes nothing,
   * is an empty history, and the graph answers that with what is popular.
   *
   * @throws QueueFull
   */
  forUser(userId: string, n: number): Promise<Recommendation>
  /** Lets go of the model. Nothing may be asked at that time. */
  close(): Promise<void>
}

const NOTHING = new Int32Array(0)

export function createRecommender({ manifest, items, histories, scorer }: Model, limits: BatcherLimits): Recommender {
  const scoreAll = async (queries: Query[]): Promise<Ranking[]> => unpack(await scorer.score(pack(queries, manifest.items)), queries)
  const batcher = new Batcher(scoreAll, limits)
  // Where order means nothing, one order for all: the same likes then give the same bytes.
  const inOrder = (history: Int32Array): Int32Array => (manifest.order ? history : history.toSorted())

  return {
    model: `${manifest.name}/${manifest.version}`,
    knows: userId => histories.seen(userId) !== undefined,
    async forUser(userId, n) {
      const history = inOrder(histories.liked(userId) ?? NOTHING)
      const exclude = histories.seen(userId) ?? NOTHING
      const { rows, scores } = await batcher.submit({ history, exclude, k: Math.min(n, manifest.items) })
      return {
        source: history.length > 0 ? 'history' : 'popular',
        movieIds: Array.from(rows, row => items.movieIds[row]),
        scores
      }
    },
    close: () => scorer.close()
  }
}
