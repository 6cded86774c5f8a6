import { sharedWeights, transpose, type WeightedRows } from '../data/sparse-rows.js'
import { truncatedSvd } from '../linear/svd.js'
import type { Hyperparameters } from './ials.js'

/**
 * The strengths of the directions that iALS can find, from the strongest on: the singular values of D^-½ X E^-½, where X are
 * the weights, and D and E what regularization scales with, n + α₀·rows of the other side. With ν = 1 a direction survives
 * while its strength exceeds λ: at zero factors, that is where the gradient along it turns. With a larger λ all factors
 * collapse, and everybody gets the popular list.
 *
 * @param byItem the weights by item  @param normal draws from the standard normal distribution
 */
export async function strengthsOf(
  byUser: WeightedRows,
  byItem: WeightedRows,
  { alpha0, dimensions }: Pick<Hyperparameters, 'alpha0' | 'dimensions'>,
  normal: () => number,
  threads: number
): Promise<Float64Array> {
  const users = byUser.offsets.length - 1
  const items = byItem.offsets.length - 1
  const ofUser = scalesOf(byUser, alpha0 * items)
  const ofItem = scalesOf(byItem, alpha0 * users)
  const scaled: WeightedRows = { ...byUser, weights: sharedWeights(byUser.weights.length) }
  for (let user = 0; user < users; user++) {
    for (let at = byUser.offsets[user]; at < byUser.offsets[user + 1]; at++) {
      scaled.weights[at] = byUser.weights[at] * ofUser[user] * ofItem[byUser.values[at]]
    }
  }
  const { squares } = await truncatedSvd(scaled, transpose(scaled, items), dimensions, normal, threads, 2)
  return squares.map(Math.sqrt)
}

/** (n + others)^-½ of every row, where n is the sum of its weights. */
function scalesOf({ offsets, weights }: WeightedRows, others: number): Float64Array {
  const sums = new Float64Array(offsets.length - 1).fill(others)
  for (let row = 0; row < sums.length; row++) for (let at = offsets[row]; at < offsets[row + 1]; at++) sums[row] += weights[at]
  return sums.map(sum => 1 / Math.sqrt(sum))
}

/**
 * A λ at which the weakest of the d strongest directions still survives, and noise below it does not: a part of its strength.
 * On MovieLens ml-latest-small this is .018, where d = 64.
 */
export function lambdaOf(strengths: Float64Array): number {
  return WEAKEST * (strengths.findLast(strength => strength > 0) ?? 1)
}

const WEAKEST = 0.475
