import { loadModel, type Model } from '../../../src/recommender/model/load-model.js'
import { Recommender } from '../../../src/recommender/recommender.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import type { Ranker } from './baselines.js'

/** How many people are asked for at once. */
const BATCH = 64

/** A model folder as it is served: the loader, the graph and the recommender of the service. */
export interface Served extends Ranker {
  model: Model
  close(): Promise<void>
}

/** @param movieIds the items' ids: those that the folder does not have are unknown to it, as in a request */
export async function serve(dir: string, movieIds: readonly string[], threads = 1): Promise<Served> {
  const model = await loadModel(dir, openScorer, { threads })
  const recommender = new Recommender(model, {
    maxBatch: BATCH,
    maxQueue: BATCH,
    maxQueueMs: Number.POSITIVE_INFINITY,
    maxInFlight: 1,
    maxWaitMs: 3_600_000
  })
  const itemOf = new Map(movieIds.map((id, item) => [id, item]))
  return {
    model,
    async rank(people, k) {
      const lists: Int32Array[] = []
      for (let from = 0; from < people.length; from += BATCH) {
        const answers = people.slice(from, from + BATCH).map(async ({ history, seen }) => {
          const { movieIds: ranked } = await recommender.recommend({
            history: history.map(({ item, rating }) => ({ movieId: movieIds[item], rating })),
            exclude: Array.from(seen, item => movieIds[item]),
            n: k
          })
          // what these ratings do not have cannot be right, but it takes a place
          return Int32Array.from(ranked, id => itemOf.get(id) ?? -1)
        })
        lists.push(...(await Promise.all(answers)))
      }
      return lists
    },
    close: () => recommender.close()
  }
}
