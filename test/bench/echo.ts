import type { boot as Boot } from '../../src/boot.js'
import type { Batch, BatchRanking } from '../../src/recommender/batch.js'
import type { OpenScorer } from '../../src/recommender/scorer.js'
import { DIST } from './paths.js'

// The control E: the service as it is shipped, all but the scoring. Its scorer answers at once, the same for everybody.
const openScorer: OpenScorer = async () => ({
  score: async batches => batches.map(anything),
  async close() {}
})

function anything({ size, k }: Batch): BatchRanking {
  const items = new Int32Array(size * k)
  for (let at = 0; at < items.length; at++) items[at] = at % k
  return { items, scores: new Float32Array(size * k).fill(1) }
}

const { boot } = (await import(`${DIST}boot.js`)) as { boot: typeof Boot }
const { app, config, warmUp } = await boot(process.env, { openScorer, runs: 'server' })
await warmUp()
await app.listen({ host: config.HOST, port: config.PORT })
