/** |y| of every row. */
export function normsOf(factors: Float32Array, d: number): Float64Array {
  return Float64Array.from({ length: factors.length / d }, (_, row) => {
    let squares = 0
    for (let a = row * d; a < (row + 1) * d; a++) squares += factors[a] ** 2
    return Math.sqrt(squares)
  })
}

/**
 * Rounding must not make a bound too low. A sum of d products of float32 is off by at most d·2⁻²⁴ |u||y| in any order,
 * |u| by half as much, and each of the few steps after that by 2⁻²⁴: this is more than twice as wide.
 */
export const slack = (d: number): number => 1 + (d + 4) * 2 ** -22

/** The squares of a shorter vector vanish in float32, so every vector counts as at least this long. */
export const SHORTEST = 2 ** -56

export function greatest(values: ArrayLike<number>, from: number): number {
  let greatest = values[from]
  for (let i = from; i < values.length; i++) greatest = Math.max(greatest, values[i])
  return greatest
}

/** A float32 that is not smaller. */
export function above(value: number): number {
  const near = Math.fround(value)
  return near >= value ? near : Math.fround(near * (1 + 2 ** -23))
}
