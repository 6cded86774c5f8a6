import { join } from 'node:path'
import Fastify from 'fastify'
import { weighted } from '../../../src/recommender/history.js'
import { EMPTY_HISTORY } from '../../../src/recommender/model/histories.js'
import { GRAPH } from '../../../src/recommender/model/files.js'
import { InferenceSession, Tensor } from '../../../src/recommender/scoring/onnxruntime.js'
import { readReference } from '../catalogues/reference.js'

// The control P, which tutorials show: plain Fastify, and a run of ONNX Runtime for each request, on the main thread. The same
// graph, the same answers. What the service adds to it is all that this leaves out.
const { PORT, MODEL_DIR = '' } = process.env
const { movieIds, histories, scale } = await readReference(MODEL_DIR)
const session = await InferenceSession.create(join(MODEL_DIR, GRAPH), { intraOpNumThreads: 1, interOpNumThreads: 1 })
const k = new Tensor('int64', BigInt64Array.of(10n), [1])

const row = (values: Int32Array) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])

const app = Fastify()
app.get('/', (_request, reply) => reply.send('ok'))
app.get<{ Params: { userId: string } }>('/recommend/:userId', async request => {
  const stored = histories.of(request.params.userId) ?? EMPTY_HISTORY
  const { rows, weights } = weighted(stored, scale)
  const history = { history: row(rows), weights: new Tensor('float32', weights, [1, weights.length]) }
  const { items } = await session.run({ ...history, exclude: row(stored.rows), k })
  return Array.from(items.data as Int32Array, item => movieIds[item]).join(',')
})
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
