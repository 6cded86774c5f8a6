import { type Rated } from '../data/rated.js'
import { starsOf } from '../data/scale.js'
import { sharedWeights, transpose, type WeightedRows } from '../data/sparse-rows.js'
import { type Dense, scaleColumns, scaleRows } from '../linear/dense.js'
import { squareAt, truncatedSvd } from '../linear/svd.js'
import { rowScales, weightRows, weightsOf } from './rating-weights.js'

/** A film that was seen and not liked says half as much about what is alike: all who saw it chose it. */
const SEEN = [1, 1, 1, 0.7, 0.7, 0.7, 0.7]
const TAU = 0.2
/** How much it counts that the same people rate two films above their mean, beside that they saw both. */
const CENTRED = 0.6
/** The power of a row's norm that is divided by. 0 would answer with popular films, 1 with films that hardly anybody saw. */
const NORM_POWER = 0.65

/**
 * Rows of items for "more like this": what is alike, not what people like next. With X₁ who saw what, and X₂ how far each
 * rating is from its user's mean, both with user rows scaled as in `weightRows`, stacked on users: X = U S Vᵀ, and
 *
 *     z = V √(σ² / (σ² + λ)),   ẑ = z / (|z|² + 2 median |z|²)^(power / 2)
 *
 * The likeness of two films is the dot product of their rows.
 *
 * @param d how many directions to keep
 * @param lambdaRank λ is the square of the singular value of this rank
 */
export async function likenessRows(
  rated: Rated,
  like: number,
  d: number,
  lambdaRank: number,
  normal: () => number,
  threads: number
): Promise<Dense> {
  const items = rated.likes.length
  const x = stacked(weightRows(rated.items, rated.codes, weightsOf(rated.scale, like, SEEN), TAU), centred(rated, like))
  const { squares, right } = await truncatedSvd(x, transpose(x, items), d, normal, threads)
  const lambda = squareAt(squares, lambdaRank)
  const z = scaleColumns(
    right,
    squares.map(square => Math.sqrt(square / (square + lambda)))
  )
  const norms = Float64Array.from({ length: items }, (_, item) => squareOf(z, item))
  const median = norms.toSorted()[items >> 1]
  return scaleRows(z, item => (norms[item] + 2 * median || 1) ** (-NORM_POWER / 2))
}

/** How far each rating is from the mean of its user, in stars. */
function centred({ scale, items, codes }: Rated, like: number): WeightedRows {
  const { offsets } = items
  const stars = starsOf(scale, like)
  const weights = sharedWeights(codes.length)
  const counts: WeightedRows = { ...items, weights: sharedWeights(codes.length).fill(1) }
  const scales = rowScales(counts, TAU)
  for (let user = 0; user < scales.length; user++) {
    let sum = 0
    for (let at = offsets[user]; at < offsets[user + 1]; at++) sum += stars[codes[at]]
    const mean = sum / (offsets[user + 1] - offsets[user])
    for (let at = offsets[user]; at < offsets[user + 1]; at++) weights[at] = CENTRED * scales[user] * (stars[codes[at]] - mean)
  }
  return { ...items, weights }
}

/** One matrix above the other. */
function stacked(above: WeightedRows, below: WeightedRows): WeightedRows {
  const rows = above.offsets.length - 1
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (2 * rows + 1)))
  offsets.set(above.offsets)
  const entries = above.values.length
  for (let row = 1; row <= rows; row++) offsets[rows + row] = entries + below.offsets[row]
  const values = new Int32Array(new SharedArrayBuffer(8 * entries))
  values.set(above.values)
  values.set(below.values, entries)
  const weights = sharedWeights(2 * entries)
  weights.set(above.weights)
  weights.set(below.weights, entries)
  return { offsets, values, weights }
}

function squareOf({ values, d }: Dense, row: number): number {
  let sum = 0
  for (let at = row * d; at < (row + 1) * d; at++) sum += values[at] * values[at]
  return sum
}
