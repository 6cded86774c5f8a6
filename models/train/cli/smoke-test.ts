import { loadModel } from '../../../src/recommender/model/load-model.js'
import { Recommender } from '../../../src/recommender/recommender.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'

/**
 * Opens the folder with the serving loader and shows what it answers. What cannot be served is not a model.
 *
 * @throws Error without the name of the folder, which is removed then
 */
export async function smokeTest(dir: string, userIds: string[], say: (line: string) => void): Promise<void> {
  const model = await loadModel(dir, openScorer).catch(({ cause }: Error) => {
    throw new Error(`Nothing is written, since the service could not open it. ${(cause as Error).message}. See docs/model.md.`, { cause })
  })
  for (const warning of model.scorer.warnings) say(`warning: ${warning}`)
  const recommender = new Recommender(model, { maxBatch: 64, maxQueue: 64, maxQueueMs: 20_000, maxInFlight: 1, maxWaitMs: 20_000 })
  for (const userId of userIds) {
    const { source, items } = await recommender.recommend({ userId, n: 5 })
    const names = items().map(({ movieId, title }) => (title ? `${title} (${movieId})` : movieId))
    say(`user ${userId} (${source}): ${names.join(', ')}`)
  }
  await recommender.close()
}
