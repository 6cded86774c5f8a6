import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../../../models/train/export/onnx_pb.js'
import { GRAPH, HISTORIES } from '../../../src/recommender/model/files.js'
import { decodeHistories, historiesOf, type Histories } from '../../../src/recommender/model/histories.js'
import { readItems } from '../../../src/recommender/model/items.js'
import { type Manifest, readManifest } from '../../../src/recommender/model/manifest.js'
import { prior } from './synthetic.js'

/** A model as plain numbers: what a full product needs, without the graph. */
export interface Reference {
  manifest: Manifest
  movieIds: number[]
  histories: Histories
  userIds: string[]
  dimensions: number
  /** Y, [items, dimensions], and W, [dimensions, dimensions] */
  factors: Float32Array
  foldIn: Float32Array
  popularity: Float32Array
}

/** Reads a model folder that our exporter wrote. */
export async function readReference(dir: string): Promise<Reference> {
  const manifest = await readManifest(dir)
  const { users, pairs } = manifest.histories ?? { users: 0, pairs: 0 }
  const table = decodeHistories(await readFile(join(dir, HISTORIES)), users, pairs, manifest.items)
  const { movieIds, likes = [] } = await readItems(dir, manifest.items)
  const { Y, W } = await readWeights(dir, ['Y', 'W'])
  const dimensions = Math.sqrt(W.length)
  return {
    manifest,
    movieIds,
    histories: historiesOf(table, manifest.order),
    userIds: table.userIds,
    dimensions,
    factors: Y.subarray(0, manifest.items * dimensions),
    foldIn: W,
    popularity: prior(likes)
  }
}

async function readWeights(dir: string, names: string[]): Promise<Record<string, Float32Array>> {
  const { graph } = fromBinary(ModelProtoSchema, await readFile(join(dir, GRAPH)))
  const files = new Map<string, Buffer>()
  const weights: Record<string, Float32Array> = {}
  for (const name of names) {
    const tensor = graph?.initializer.find(tensor => tensor.name === name)
    if (!tensor) throw new Error(`${join(dir, GRAPH)}: expected weights named ${name}, as models/train writes them; found none`)
    const place = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]))
    const bytes = files.get(place.location) ?? (await readFile(join(dir, place.location)))
    files.set(place.location, bytes)
    weights[name] = new Float32Array(bytes.buffer, bytes.byteOffset + Number(place.offset), Number(place.length) / 4)
  }
  return weights
}

/** A user's vector: the sum of what they like, through W; in double precision. */
export function userVector({ dimensions: d, factors, foldIn }: Reference, liked: Int32Array): Float64Array {
  const sum = new Float64Array(d)
  for (const row of liked) for (let k = 0; k < d; k++) sum[k] += factors[row * d + k]
  const vector = new Float64Array(d)
  for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) vector[b] += sum[a] * foldIn[a * d + b]
  return vector
}

/** The plain full product, in double precision: every item's score for four users, since an item is read but once. */
export function fullScores({ dimensions: d, factors, popularity }: Reference, users: readonly Float64Array[]): Float64Array[] {
  const nobody = new Float64Array(d)
  const [u, v, w, x] = [0, 1, 2, 3].map(i => users[i] ?? nobody)
  const items = popularity.length
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
    for (let i = 0; i < users.length; i++) scores[i][row] = all[i] + popularity[row]
  }
  return scores
}
