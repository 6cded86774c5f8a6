import { randomLcg } from 'd3-random'
import type { Settings } from '../model/settings.js'
import { KNOBS } from './knobs.js'

/** Settings that were tried, and how good they were: more is better. */
export interface Trial {
  settings: Settings
  score: number
}

/** So many trials are drawn from everywhere, before the best is improved. */
const EXPLORED = 12

/**
 * The settings to try next: those to start from, then some that are drawn from everywhere, then the best so far with one to
 * three knobs turned a little. A trial depends on those before it and on nothing else, so a search that was stopped goes on
 * as if it had not been.
 *
 * @param fixed settings that stay as they are
 */
export function nextSettings(start: Settings, trials: readonly Trial[], fixed: ReadonlySet<keyof Settings>): Settings {
  const at = trials.length
  if (at === 0) return start
  const random = randomLcg((start.seed + at * 0.618034) % 1)
  const free = KNOBS.filter(({ settings }) => !settings.some(name => fixed.has(name)))
  const isExploring = at <= EXPLORED && at % 2 === 1
  const from = isExploring ? start : bestOf(trials).settings
  const turned = isExploring ? free.filter(() => random() < 0.5) : sample(free, 1 + Math.floor(3 * random()), random)
  return turned.reduce((settings, knob) => knob.turn(settings, knob.draw(random, isExploring ? undefined : knob.of(settings))), from)
}

/** Of equals, the first. */
export const bestOf = (trials: readonly Trial[]): Trial => trials.reduce((best, trial) => (trial.score > best.score ? trial : best))

function sample<Item>(items: readonly Item[], count: number, random: () => number): Item[] {
  const left = [...items]
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0])
}
