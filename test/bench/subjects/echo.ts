import { setImmediate } from 'node:timers/promises'
import type { boot as Boot } from '../../../src/boot.js'
import type { Queries, Rankings } from '../../../src/recommender/scoring/query.js'
import type { OpenScorer } from '../../../src/recommender/scoring/scorer.js'
import { DIST } from '../paths.js'

// The control E: the service as it is shipped, all but the scoring. Its scorer answers the same to everybody, in the next turn of the
// event loop, as ONNX Runtime does at the earliest.
const openScorer: OpenScorer = async () => ({
  takesWeights: true,
  warnings: [],
  score: anything,
  scoreByLikeness: anything,
  scoreCandidates: async () => {
    throw new Error('nothing is explained here')
  },
  async close() {}
})

async function anything({ k }: Queries): Promise<Rankings> {
  await setImmediate()
  const width = k.reduce((most, k) => Math.max(most, k))
  const rows = new Int32Array(k.length * width)
  for (let at = 0; at < rows.length; at++) rows[at] = at % width
  return { rows, scores: new Float32Array(rows.length).fill(1), counts: k }
}

const { boot } = (await import(`${DIST}boot.js`)) as { boot: typeof Boot }
const { app, config, warmUp } = await boot(process.env, { openScorer, runs: 'server' })
await warmUp()
await app.listen({ host: config.HOST, port: config.PORT })
