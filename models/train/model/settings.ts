import type { WeightCurve } from './rating-weights.js'

/** Which models a folder is made of: iALS, a linear autoencoder, or both side by side. */
export const MODELS = ['ials', 'lae', 'both'] as const

/** What shapes a model. Together with the ratings it decides every byte. */
export interface Settings {
  model: (typeof MODELS)[number]
  /** a rating of at least this is a like */
  like: number
  /** d, the width of a row in the end */
  dimensions: number
  /** what 5, 4½, 4, 3½, 3, 2½ and 2 stars weigh in a history when it is served */
  weights: WeightCurve

  /** the width of iALS before the models are joined */
  ialsDimensions: number
  /** α₀, λ and ν: see ials.ts. A λ of 0 is chosen by the data. */
  alpha0: number
  lambda: number
  nu: number
  rounds: number
  /** n̄, the weight that the fold-in expects of a history */
  foldInLikes: number
  /** a like of s stars weighs 1 + `ialsStars`·(s − 4.4), anything lower `ialsBelow` */
  ialsStars: number
  ialsBelow: number
  /** τ of the user rows: see `weightRows` */
  ialsTau: number

  /** how many singular directions the autoencoder has before the models are joined */
  laeDirections: number
  /** λ is the square of the singular value of this rank, which may lie between two */
  laeLambdaRank: number
  /** β, what 3 stars weigh against 1 for a like */
  laeBelow: number
  laeTau: number

  /** the share of iALS in the scores of both, from 0 to 1 */
  share: number
  /** row i is multiplied by likes^-damping */
  damping: number
  /** the popularity prior of short histories: its strength, and how fast it fades with the sum of squared weights */
  prior: number
  fade: number
  seed: number
}

/**
 * For MovieLens ml-latest-small, chosen in sight of the splits that the model card reports; `npm run tune` finds them for other
 * ratings, on splits inside those. What
 * depends on the size of the data is said in units of the data: λ of the autoencoder as a squared singular value, λ of iALS
 * by the directions that it has to leave.
 */
export const DEFAULTS: Settings = {
  model: 'both',
  like: 4,
  dimensions: 128,
  weights: [1.5, 1.25, 1, 0.54, 0.2, 0, -0.3],
  ialsDimensions: 64,
  alpha0: 0.1,
  lambda: 0,
  nu: 1,
  rounds: 8,
  foldInLikes: 30,
  ialsStars: 0.3,
  ialsBelow: 0.2,
  ialsTau: 0.25,
  laeDirections: 200,
  laeLambdaRank: 7.5,
  laeBelow: 0.5,
  laeTau: 0.2,
  share: 0.4,
  damping: 0.05,
  prior: 1,
  fade: 0.1,
  seed: 1
}

/** What a rating weighs when iALS trains. */
export const ialsCurve = ({ ialsStars, ialsBelow }: Settings): WeightCurve => [
  ...[5, 4.5, 4].map(stars => 1 + ialsStars * (stars - 4.4)),
  ...[3.5, 3, 2.5, 2].map(() => ialsBelow)
]

/** What a rating weighs when the autoencoder trains: a like 1, 3 stars β, and 0.7 β more or less for each star. */
export const laeCurve = ({ laeBelow }: Settings): WeightCurve => [
  1,
  1,
  1,
  ...[3.5, 3, 2.5, 2].map(stars => laeBelow * (1 + 0.7 * (stars - 3)))
]
