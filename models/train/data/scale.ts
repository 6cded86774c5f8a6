import type { Ratings } from './ratings.js'

/** How many distinct ratings a byte can tell apart, with one value to spare. */
const MOST = 255

/**
 * The rating scale of the data: its distinct ratings, rising. A rating is kept as its index in it, which is a byte.
 *
 * @throws Error when there are more than 255
 */
export function scaleOf(ratings: ArrayLike<number>): number[] {
  const distinct = new Set<number>()
  for (let i = 0; i < ratings.length; i++) {
    distinct.add(ratings[i])
    if (distinct.size > MOST) throw new Error(`expected at most ${MOST} different ratings, found more: round them`)
  }
  return [...distinct].sort((a, b) => a - b).map(shortest)
}

/** A float32 as people wrote it: 3.7, not 3.700000047. Nine digits tell any two of them apart, seven most. */
function shortest(value: number): number {
  return [7, 8].map(digits => Number(value.toPrecision(digits))).find(short => Math.fround(short) === value) ?? value
}

/**
 * Ratings with no more different values than a byte tells apart: where there are more, with fewer digits. A count of 1,234
 * becomes 1,230 or 1,200.
 *
 * @returns a sentence about that, too
 */
export function rounded(ratings: Ratings): { ratings: Ratings; note?: string } {
  const values = [...new Set(ratings.rating)]
  if (values.length <= MOST) return { ratings }
  const roundTo = (digits: number) => (value: number) => Number(value.toPrecision(digits))
  const digits = [3, 2].find(digits => new Set(values.map(roundTo(digits))).size <= MOST) ?? 1
  return {
    ratings: { ...ratings, rating: ratings.rating.map(roundTo(digits)) },
    note: `${values.length} different ratings, rounded to ${digits === 1 ? '1 digit' : `${digits} digits`}`
  }
}

/**
 * Ratings of any scale as stars of MovieLens, for which the defaults were found: the lowest rating becomes ½, the one from
 * which on a film is liked 4, the highest 5, and those between lie between. On MovieLens itself nothing changes.
 *
 * @param scale rising
 * @param like a rating of at least this is a like
 */
export function starsOf(scale: readonly number[], like: number): number[] {
  const low = scale[0]
  const high = scale[scale.length - 1]
  return scale.map(value =>
    value >= like ? 4 + (high > like ? (value - like) / (high - like) : 0) : 4 - (3.5 * (like - value)) / (like - low)
  )
}
