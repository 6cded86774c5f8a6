import { randomLcg } from 'd3-random'
import { weighted } from '../../../src/recommender/history.js'
import { EMPTY_HISTORY } from '../../../src/recommender/model/histories.js'
import { flatten, type Query } from '../../../src/recommender/scoring/query.js'
import { bucketByLength, pack } from '../../../src/recommender/scoring/batching.js'
import { openGraph } from '../../../src/recommender/scoring/graph.js'
import { readReference } from '../catalogues/reference.js'
import { median } from '../measure/statistics.js'

/** One way to score: so many users at once, so many items each, and, if it matters, so many movies in a history. */
export interface Variant {
  batch: number
  n: number
  length?: number
}

/** Median µs of CPU a request, variant by variant. */
export type Scoring = (Variant & { us: number })[]

// Folder, rounds, variants as JSON: ONNX Runtime alone, on this thread, on a model folder's graph, without HTTP and
// without the batcher. Long and short histories are scored apart, as in the service. Variants take turns.
const [dir, rounds, json] = process.argv.slice(2)
const variants = JSON.parse(json) as Variant[]
const ROUND_US = 100_000

const { manifest, userIds, histories, scale } = await readReference(dir)
const graph = await openGraph(dir, manifest, 1)
const random = randomLcg(2)

function query(n: number, length?: number): Query {
  const k = Math.min(n, manifest.items)
  const stored = histories.of(userIds[Math.floor(random() * userIds.length)]) ?? EMPTY_HISTORY
  if (length === undefined) {
    const { rows, weights } = weighted(stored, scale)
    return { history: rows, weights, exclude: stored.rows, k }
  }
  const exclude = Int32Array.from({ length }, () => Math.floor(random() ** 3 * manifest.items))
  const history = exclude.filter((_, at) => at % 2 === 0)
  return { history, weights: new Float32Array(history.length).fill(1), exclude, k }
}

/**
 * µs of CPU a request of one batch after the other, for a while: on one thread that is time, less what others on the
 * machine take. Filling the inputs is not counted.
 */
async function cost({ batch, n, length }: Variant): Promise<number> {
  let spent = 0
  let requests = 0
  while (spent < ROUND_US) {
    const queries = flatten(Array.from({ length: batch }, () => query(n, length)))
    const runs = bucketByLength(queries).map(indices => pack(queries, indices, manifest))
    const begun = process.cpuUsage()
    await Promise.all(runs.map(graph.run))
    const { user, system } = process.cpuUsage(begun)
    spent += user + system
    requests += batch
  }
  return spent / requests
}

const costs = variants.map((): number[] => [])
for (const variant of variants) await cost(variant)
for (let round = 0; round < Number(rounds); round++) {
  for (const [i, variant] of variants.entries()) costs[i].push(await cost(variant))
}
await graph.close()
const scoring: Scoring = variants.map((variant, i) => ({ ...variant, us: median(costs[i]) }))
process.stdout.write(`${JSON.stringify(scoring)}\n`)
