/** What a day brings: how many requests, how many of them in its busiest second, and how they spread over it. */
export interface DailyLoad {
  requestsPerDay: number
  /** requests a second */
  peak: number
  /** requests a second, for every five minutes of the day */
  rates: Float64Array
}

/** The busiest second of a day, as a multiple of its mean, where nobody says otherwise. */
export const PEAK_RATIO = 4
/** Beyond, five minutes are too coarse. */
const MOST_RATIO = 50

const SLOTS = 24 * 12
const SECONDS = 24 * 60 * 60

/**
 * A day as a wave, peak · cos²ᵏ: one hill with its night around it. k is chosen so that the day sums up to what was asked.
 *
 * @throws Error when a peak cannot belong to such a day
 */
export function dailyLoad(requestsPerDay: number, peak = (PEAK_RATIO * requestsPerDay) / SECONDS): DailyLoad {
  const mean = requestsPerDay / SECONDS
  if (!(peak >= mean && peak <= mean * MOST_RATIO))
    throw new Error(
      `--peak ${peak}: ${requestsPerDay} requests a day are ${digits(mean)} a second in the mean; expected a peak from that to ${MOST_RATIO} times as much, ${digits(mean * MOST_RATIO)}`
    )
  return { requestsPerDay, peak, rates: wave(exponentFor(mean / peak)).map(share => share * peak) }
}

/** The k at which the wave has this mean: the larger k, the smaller the mean. */
function exponentFor(mean: number): number {
  let low = 0
  let high = 1e4
  for (let halvings = 0; halvings < 60; halvings++) {
    const k = (low + high) / 2
    if (sum(wave(k)) / SLOTS > mean) low = k
    else high = k
  }
  return low
}

const wave = (k: number): Float64Array => Float64Array.from({ length: SLOTS }, (_, slot) => (Math.cos((Math.PI * slot) / SLOTS) ** 2) ** k)

/** Mean of what is so many in each slot of a day. */
export const meanOverDay = (perSlot: Float64Array): number => sum(perSlot) / SLOTS

const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0)
const digits = (value: number): string => String(Number(value.toPrecision(3)))
