import { randomLcg, randomNormal } from 'd3-random'
import { type Rated, ratedOf } from '../data/rated.js'
import type { Ratings } from '../data/ratings.js'
import { transpose } from '../data/sparse-rows.js'
import type { Factors } from '../export/factors.js'
import { foldedIn } from '../ials/fold-in.js'
import { factorize } from '../ials/ials.js'
import { lambdaOf, strengthsOf } from '../ials/collapse.js'
import { type Dense, effectiveRankOf } from '../linear/dense.js'
import { squareAt, truncatedSvd } from '../linear/svd.js'
import { laeRows } from './lae.js'
import { priorOf } from './prior.js'
import { weightRows, weightsOf } from './rating-weights.js'
import { ialsCurve, laeCurve, type Settings } from './settings.js'
import { cut, damp, mix, unit } from './side-by-side.js'

/** How often the subspace of the autoencoder is multiplied with the ratings. */
const ITERATIONS = 4

/** A trained model, and how many directions iALS uses of those that it has; near to 1 when its factors collapsed. */
export interface Fitted {
  factors: Factors
  effectiveRank?: number
}

/** How many steps `fit` tells of. */
export const stepsOf = ({ model, rounds }: Settings): number => (model === 'lae' ? 0 : 2 * rounds) + (model === 'ials' ? 0 : ITERATIONS)

/**
 * Trains on ratings: iALS and a linear autoencoder, side by side as one matrix, cut to its leading directions. The same
 * ratings and settings give the same bytes, with any number of threads.
 *
 * @param ratings of films that somebody likes, as `ofLikedItems` leaves them
 */
export async function fit(
  ratings: Ratings,
  settings: Settings,
  threads: number,
  onStep: (note: string) => void = () => {}
): Promise<Fitted> {
  const { model, dimensions, share, damping, prior, fade } = settings
  const rated = ratedOf(ratings, settings.like)
  const ials = model === 'lae' ? undefined : await ialsOf(rated, settings, threads, onStep)
  const lae = model === 'ials' ? undefined : await laeOf(rated, settings, threads, onStep)
  const joined = ials && lae ? mix(ials, lae, share) : unit((ials ?? lae) as Dense)
  const rows = cut(damp(joined, rated.likes, damping), dimensions)
  if (!rows.values.every(Number.isFinite)) throw new Error('the rows are not finite: try a larger --lambda or --alpha0')
  return {
    factors: {
      items: rated.likes.length,
      dimensions: rows.d,
      factors: rows.values,
      popularity: priorOf(rows, rated.likes, prior),
      fade
    },
    ...(ials && { effectiveRank: effectiveRankOf(ials) })
  }
}

async function ialsOf(rated: Rated, settings: Settings, threads: number, onStep: (note: string) => void): Promise<Dense> {
  const { like, ialsTau, ialsDimensions: dimensions } = settings
  const byUser = weightRows(rated.items, rated.codes, weightsOf(rated.scale, like, ialsCurve(settings)), ialsTau)
  const byItem = transpose(byUser, rated.likes.length)
  const lambda = settings.lambda || lambdaOf(await strengthsOf(byUser, byItem, { ...settings, dimensions }, normalOf(settings), threads))
  const hyper = { ...settings, dimensions, lambda }
  const { items } = await factorize(byUser, byItem, hyper, normalOf(settings), threads, ({ loss }) => onStep(`loss ${loss.toFixed(1)}`))
  const popularity = Float64Array.from(rated.likes, (_, item) =>
    byItem.weights.subarray(byItem.offsets[item], byItem.offsets[item + 1]).reduce((sum, weight) => sum + weight, 0)
  )
  return { values: foldedIn(items, popularity, hyper), d: dimensions }
}

async function laeOf(rated: Rated, settings: Settings, threads: number, onStep: (note: string) => void): Promise<Dense> {
  const { like, laeTau, laeDirections, laeLambdaRank } = settings
  const byUser = weightRows(rated.items, rated.codes, weightsOf(rated.scale, like, laeCurve(settings)), laeTau)
  const byItem = transpose(byUser, rated.likes.length)
  const svd = await truncatedSvd(byUser, byItem, laeDirections, normalOf(settings), threads, ITERATIONS, () =>
    onStep('singular directions')
  )
  return laeRows(svd, squareAt(svd.squares, laeLambdaRank))
}

const normalOf = ({ seed }: Settings): (() => number) => randomNormal.source(randomLcg(seed))(0, 1)
