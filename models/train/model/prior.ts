import type { Dense } from '../linear/dense.js'

/**
 * What popularity adds to a score while a history is short: p = strength · mean |y|² · log(1 + likes). Scores are sums of dot
 * products of rows, so it is in units of their mean square. The graph lets it fade as the history grows.
 *
 * @param likes [items]  @returns [items]
 */
export function priorOf({ values, d }: Dense, likes: Int32Array, strength: number): Float32Array {
  let squares = 0
  for (const value of values) squares += value * value
  const mean = (squares * d) / values.length
  return Float32Array.from(likes, count => strength * mean * Math.log1p(count))
}
