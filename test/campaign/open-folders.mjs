// Opens model folders, asks each for answers, and prints a line of JSON for each: open-folders.mjs DIST DIR…
import { join } from 'node:path'

const [dist, ...dirs] = process.argv.slice(2)
const { loadModel } = await import(join(dist, 'recommender/model/load-model.js'))
const { openScorer } = await import(join(dist, 'recommender/scoring/scorer.js'))
const { Recommender } = await import(join(dist, 'recommender/recommender.js'))

const LIMITS = { maxBatch: 10, maxQueue: 100, maxQueueMs: 10_000, maxInFlight: 1, maxWaitMs: 10_000 }
/** Says which file, and what to do; what ONNX Runtime says stands in it. */
const isSentence = text =>
  /^The model folder .+ cannot be served\. .+: .+ Set MODEL_DIR to /s.test(text) && !/is not a function|undefined|Cannot read/.test(text)

for (const dir of dirs) console.log(JSON.stringify({ dir, ...(await whatComesOf(dir)) }))

async function whatComesOf(dir) {
  let model
  try {
    model = await loadModel(dir, openScorer)
  } catch (error) {
    return isSentence(error.message) ? { refused: error.message } : { wrong: `${error.name}: ${error.message}` }
  }
  const recommender = new Recommender(model, LIMITS)
  try {
    for (const request of [{ userId: '4' }, { userId: 'nobody' }, { history: [2, 6] }]) {
      const wrong = whatIsWrong(model, await recommender.recommend({ ...request, n: 10 }))
      if (wrong) return { wrong }
    }
    return {}
  } catch (error) {
    return { wrong: `${error.name}: ${error.message}` }
  } finally {
    await recommender.close()
  }
}

function whatIsWrong({ items: { movieIds } }, recommendation) {
  const items = recommendation.items()
  if (new Set(items.map(({ movieId }) => movieId)).size !== items.length) return 'a movie comes twice'
  for (const [i, { movieId, score }] of items.entries()) {
    if (!movieIds.includes(movieId)) return `there is no movie ${movieId}`
    if (!Number.isFinite(score)) return `a score is ${score}`
    if (i > 0 && score > items[i - 1].score) return 'scores rise'
  }
  return undefined
}
