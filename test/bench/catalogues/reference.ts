import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../../../models/train/export/onnx_pb.js'
import { GRAPH, HISTORIES } from '../../../src/recommender/model/files.js'
import { decodeHistories, historiesOf, type Histories } from '../../../src/recommender/model/histories.js'
import { readItems } from '../../../src/recommender/model/items.js'
import { type Manifest, readManifest } from '../../../src/recommender/model/manifest.js'
import { type RatingScale, ratingScale } from '../../../src/recommender/model/rating-scale.js'
import type { WeightedHistory } from '../../../src/recommender/history.js'
import { WEIGHTS } from '../../../models/train/export/graph.js'

/** A model as plain numbers: what a full product needs, without the graph. */
export interface Reference {
  manifest: Manifest
  movieIds: string[]
  histories: Histories
  scale: RatingScale
  userIds: string[]
  dimensions: number
  /** Y, [items, dimensions] */
  factors: Float32Array
  /** [items]: what popularity adds to a score of somebody of whom nothing is known, and how fast that fades */
  prior: Float32Array
  rate: number
}

/** Reads a model folder that our exporter wrote. */
export async function readReference(dir: string): Promise<Reference> {
  const manifest = await readManifest(dir)
  const { users, pairs } = manifest.histories ?? { users: 0, pairs: 0 }
  const table = decodeHistories(await readFile(join(dir, HISTORIES)), {
    users,
    pairs,
    items: manifest.items,
    ratings: manifest.ratings.length
  })
  const { movieIds } = await readItems(dir, manifest.items)
  const { Y, prior, rate } = await readGraph(dir)
  const dimensions = Y.length / (manifest.items + 1)
  return {
    manifest,
    movieIds,
    histories: historiesOf(table, manifest.order),
    scale: ratingScale(manifest, true),
    userIds: table.userIds,
    dimensions,
    factors: Y.subarray(0, manifest.items * dimensions),
    prior,
    rate
  }
}

/** Y, the prior and how fast it fades, as models/train writes them. */
async function readGraph(dir: string): Promise<{ Y: Float32Array; prior: Float32Array; rate: number }> {
  const { graph } = fromBinary(ModelProtoSchema, await readFile(join(dir, GRAPH)))
  const bytes = await readFile(join(dir, WEIGHTS))
  const tensors = graph?.initializer.filter(({ externalData }) => externalData.length > 0) ?? []
  const read = ({ externalData }: (typeof tensors)[number]): Float32Array => {
    const place = Object.fromEntries(externalData.map(({ key, value }) => [key, Number(value)]))
    return new Float32Array(bytes.buffer, bytes.byteOffset + place.offset, place.length / 4)
  }
  const Y = tensors.find(({ name }) => name === 'Y')
  const rate = graph?.node.find(({ name }) => name === 'faded')?.attribute.find(({ name }) => name === 'alpha')?.f
  if (!Y || rate === undefined) throw new Error(`${join(dir, GRAPH)}: expected a graph such as models/train writes`)
  // The prior lies in blocks, between walls of -∞.
  const priors = tensors.filter(({ name }) => /^(p|longp\d+)$/.test(name)).flatMap(tensor => [...read(tensor)])
  return { Y: read(Y), prior: Float32Array.from(priors.filter(Number.isFinite)), rate: -rate }
}

/** A user's vector: the weighted sum of what they rated, in double precision. */
export function userVector({ dimensions: d, factors }: Reference, { rows, weights }: WeightedHistory): Float64Array {
  const sum = new Float64Array(d)
  for (const [at, row] of rows.entries()) for (let k = 0; k < d; k++) sum[k] += weights[at] * factors[row * d + k]
  return sum
}

/**
 * The plain full product, in double precision: every item's score for four users, since an item is read but once.
 *
 * @param fades how much the prior counts for each of them
 */
export function fullScores(
  { dimensions: d, factors, prior }: Reference,
  users: readonly Float64Array[],
  fades: readonly number[]
): Float64Array[] {
  const nobody = new Float64Array(d)
  const [u, v, w, x] = [0, 1, 2, 3].map(i => users[i] ?? nobody)
  const items = prior.length
  const scores = users.map(() => new Float64Array(items))
  for (let row = 0, at = 0; row < items; row++) {
    let [a, b, c, e] = [0, 0, 0, 0]
    for (let k = 0; k < d; k++, at++) {
      const y = factors[at]
      a += u[k] * y
      b += v[k] * y
      c += w[k] * y
      e += x[k] * y
    }
    const all = [a, b, c, e]
    for (let i = 0; i < users.length; i++) scores[i][row] = all[i] + fades[i] * prior[row]
  }
  return scores
}
