import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomLcg } from 'd3-random'
import { weighted } from '../../../src/recommender/history.js'
import { EMPTY_HISTORY } from '../../../src/recommender/model/histories.js'
import { flatten } from '../../../src/recommender/scoring/query.js'
import { GRAPH } from '../../../src/recommender/model/files.js'
import { InferenceSession } from '../../../src/recommender/scoring/onnxruntime.js'
import { bucketByLength, pack } from '../../../src/recommender/scoring/batching.js'
import { tensors } from '../../../src/recommender/scoring/graph.js'
import { readReference } from '../catalogues/reference.js'

/** µs a request in each operator of the graph, as ONNX Runtime's own profiler counts. */
export type Operators = Record<string, number>

// Folder, batch: where the time of ONNX Runtime goes.
const [dir, batchText] = process.argv.slice(2)
const batch = Number(batchText)
const RUN_MS = 2000
/** They run the others, whose time is theirs as well. */
const CONTROL = new Set(['If', 'Loop', 'Scan'])

const { manifest, userIds, histories, scale } = await readReference(dir)
const out = await mkdtemp(join(tmpdir(), 'movie-recommender-'))
const session = await InferenceSession.create(join(dir, GRAPH), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableProfiling: true,
  profileFilePrefix: join(out, 'operators')
})
const random = randomLcg(2)
let requests = 0
for (const begun = performance.now(); performance.now() - begun < RUN_MS; requests += batch) {
  const someone = Array.from({ length: batch }, () => {
    const stored = histories.of(userIds[Math.floor(random() * userIds.length)]) ?? EMPTY_HISTORY
    const { rows, weights } = weighted(stored, scale)
    return { history: rows, weights, exclude: stored.rows, k: 10 }
  })
  const queries = flatten(someone)
  for (const indices of bucketByLength(queries)) await session.run(tensors(pack(queries, indices, manifest), true))
}
session.endProfiling()
const [file] = await readdir(out)
const events = JSON.parse(await readFile(join(out, file), 'utf8')) as {
  cat: string
  name: string
  dur: number
  args?: { op_name?: string }
}[]
await session.release()
await rm(out, { recursive: true })

const operators: Operators = {}
for (const { cat, name, dur, args } of events) {
  const op = args?.op_name
  if (cat !== 'Node' || !op || !name.endsWith('_kernel_time') || CONTROL.has(op)) continue
  operators[op] = (operators[op] ?? 0) + dur / requests
}
process.stdout.write(`${JSON.stringify(operators)}\n`)
