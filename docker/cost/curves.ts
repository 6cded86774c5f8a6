import type { World } from './bill.js'
import { dailyLoad } from './daily-load.js'
import { bills } from './targets.js'

/** Requests a day, twenty to each power of ten. */
export const LOADS = Array.from({ length: 6 * 20 + 1 }, (_, i) => 1e3 * 10 ** (i / 20))

export interface Point {
  /** requests a day */
  load: number
  /** a month */
  usd: number
}

export interface Curve {
  target: string
  /** one for each of LOADS, as far as the target's limits go */
  points: Point[]
}

/** What each target costs at each load. */
export function curves(world: World): Curve[] {
  const all = new Map<string, Point[]>()
  for (const load of LOADS)
    for (const { target, total, beyond } of bills(dailyLoad(load), world)) {
      if (!all.has(target)) all.set(target, [])
      if (!beyond) all.get(target)?.push({ load, usd: total })
    }
  return [...all].map(([target, points]) => ({ target, points })).sort((a, b) => a.target.localeCompare(b.target, 'en'))
}

/** From where on one target costs more than another for good; undefined where it does not, as far as both go. */
export function dearerFrom(one: Curve, other: Curve): Point | undefined {
  const both = Math.min(one.points.length, other.points.length)
  let from: Point | undefined
  for (let i = 0; i < both; i++) {
    if (one.points[i].usd > other.points[i].usd) from ??= one.points[i]
    else from = undefined
  }
  return from
}

export interface Change extends Point {
  target: string
}

/** Where another target becomes the cheapest. */
export function changes(all: Curve[]): Change[] {
  const cheapest = LOADS.map(
    (_, i) => all.flatMap(({ target, points }) => (points[i] ? [{ target, ...points[i] }] : [])).sort((a, b) => a.usd - b.usd)[0]
  )
  return cheapest.filter((now, i) => i > 0 && now.target !== cheapest[i - 1].target)
}

/** As people say it: 250 k, 3.2 M. */
export function rounded(load: number): string {
  const [unit, suffix] = load >= 1e9 ? [1e9, ' G'] : load >= 1e6 ? [1e6, ' M'] : load >= 1e3 ? [1e3, ' k'] : [1, '']
  return `${Number((load / unit).toPrecision(2))}${suffix}`
}
