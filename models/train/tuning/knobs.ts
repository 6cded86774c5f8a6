import type { Settings } from '../model/settings.js'

/** One thing that a search may turn, as a number. */
export interface Knob {
  /** the settings that it changes: where one of them is given, it stays as it is */
  settings: (keyof Settings)[]
  /** where it stands now */
  of(settings: Settings): number
  /** the same settings with it turned to `value` */
  turn(settings: Settings, value: number): Settings
  /** a value near to the present one, or anywhere if there is none */
  draw(random: () => number, near?: number): number
}

type Numeric = { [Name in keyof Settings]: Settings[Name] extends number ? Name : never }[keyof Settings]

/** Round in what people read; no model is that exact. */
const rounded = (value: number): number => Number(value.toPrecision(3))

/** How far a knob is turned at once, as a share of its range. */
const STEP = 0.2

function between(low: number, high: number): Knob['draw'] {
  return (random, near) => {
    const [from, to] = near === undefined ? [low, high] : [near - STEP * (high - low), near + STEP * (high - low)]
    return rounded(Math.min(high, Math.max(low, from + random() * (to - from))))
  }
}

/** As `between`, but in factors. */
function scaled(low: number, high: number): Knob['draw'] {
  const draw = between(Math.log(low), Math.log(high))
  return (random, near) => rounded(Math.exp(draw(random, near && Math.log(near))))
}

/** One of a list: anywhere, or a neighbour. */
function oneOf(...values: number[]): Knob['draw'] {
  return (random, near) => {
    const at = near === undefined ? -1 : values.findIndex(value => value >= near)
    if (at === -1) return values[Math.floor(random() * values.length)]
    return values[Math.min(values.length - 1, Math.max(0, at + (random() < 0.5 ? -1 : 1)))]
  }
}

const setting = (name: Numeric, draw: Knob['draw']): Knob => ({
  settings: [name],
  of: settings => settings[name],
  turn: (settings, value) => ({ ...settings, [name]: value }),
  draw
})

/** Of the weights of 5, 4½, 4, 3½, 3, 2½ and 2 stars, those from `first` to `last`, by what they are made of. */
const weights = (
  first: number,
  last: number,
  of: (weights: readonly number[]) => number,
  weightAt: (value: number, at: number) => number,
  draw: Knob['draw']
): Knob => ({
  settings: ['weights'],
  of: settings => of(settings.weights),
  turn: (settings, value) => ({
    ...settings,
    weights: settings.weights.map((weight, at) => (at < first || at > last ? weight : rounded(weightAt(value, at))))
  }),
  draw
})

/** λ of iALS by a factor of what the data chooses is not among them: a λ of 0, which is chosen anew, follows the other knobs. */
export const KNOBS: Knob[] = [
  setting('dimensions', oneOf(32, 64, 96, 128)),
  setting('ialsDimensions', oneOf(16, 32, 64, 96, 128)),
  setting('alpha0', scaled(0.01, 1)),
  setting('nu', between(0.5, 1.2)),
  setting('lambda', (random, near) => (near ? scaled(0.001, 0.1)(random, near) : random() < 0.5 ? 0 : scaled(0.002, 0.05)(random))),
  setting('foldInLikes', scaled(5, 200)),
  setting('ialsStars', between(0, 0.6)),
  setting('ialsBelow', between(0, 0.8)),
  setting('ialsTau', between(0, 0.5)),
  setting('laeDirections', oneOf(50, 100, 200, 300)),
  setting('laeLambdaRank', scaled(1, 32)),
  setting('laeBelow', between(0, 0.9)),
  setting('laeTau', between(0, 0.5)),
  setting('share', between(0, 1)),
  setting('damping', between(0, 0.15)),
  setting('prior', scaled(0.1, 4)),
  weights(
    0,
    1,
    weights => weights[0] - 1,
    (more, at) => 1 + more * (1 - at / 2),
    between(0, 1)
  ),
  weights(
    3,
    4,
    weights => weights[3],
    (weight, at) => (at === 3 ? weight : weight * weight * 0.7),
    between(0, 0.9)
  ),
  weights(
    5,
    5,
    weights => weights[5],
    weight => weight,
    between(-0.3, 0.3)
  ),
  weights(
    6,
    6,
    weights => weights[6],
    weight => weight,
    between(-0.5, 0.1)
  )
]
