import { starsOf } from '../data/scale.js'
import { type Rows, sharedWeights, type WeightedRows } from '../data/sparse-rows.js'

/** What 5, 4½, 4, 3½, 3, 2½ and 2 stars weigh; less than 2 as 2, and what lies between, between. */
export type WeightCurve = readonly number[]

export const STARS = [5, 4.5, 4, 3.5, 3, 2.5, 2]

/** @returns [scale]: the weight of each rating of a scale */
export function weightsOf(scale: readonly number[], like: number, curve: WeightCurve): number[] {
  return starsOf(scale, like).map(stars => {
    const below = STARS.findIndex(star => star <= stars)
    if (below <= 0) return curve[below === 0 ? 0 : STARS.length - 1]
    const share = (stars - STARS[below]) / (STARS[below - 1] - STARS[below])
    return curve[below] + share * (curve[below - 1] - curve[below])
  })
}

/**
 * The ratings as a matrix of weights. Each row is multiplied by (n / mean n)^-τ, where n is the sum of its absolute weights: so
 * that somebody who rates everything does not decide everything.
 *
 * @param items rated items by user  @param codes beside each of them its rating, as index into `table`
 */
export function weightRows(items: Rows, codes: Uint8Array, table: readonly number[], tau: number): WeightedRows {
  const { offsets } = items
  const weights = sharedWeights(codes.length)
  for (let at = 0; at < codes.length; at++) weights[at] = table[codes[at]]
  const scales = rowScales({ ...items, weights }, tau)
  for (let row = 0; row < scales.length; row++) for (let at = offsets[row]; at < offsets[row + 1]; at++) weights[at] *= scales[row]
  return { ...items, weights }
}

/** (n / mean n)^-τ of every row, where n is the sum of its absolute weights; 1 of a row without any. */
export function rowScales({ offsets, weights }: WeightedRows, tau: number): Float64Array {
  const sums = new Float64Array(offsets.length - 1)
  for (let row = 0; row < sums.length; row++) for (let at = offsets[row]; at < offsets[row + 1]; at++) sums[row] += Math.abs(weights[at])
  const some = sums.filter(sum => sum > 0)
  const mean = some.reduce((all, sum) => all + sum, 0) / some.length
  return sums.map(sum => (sum > 0 ? (sum / mean) ** -tau : 1))
}
