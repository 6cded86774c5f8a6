import { type Dense, gramOf, scaleRows, sideBySide, spectrumOf, times } from '../linear/dense.js'

/**
 * Two models as one. A model of item rows Y scores by the kernel YYᵀ. Rows side by side, [√w·A | √(1-w)·B], score by the
 * weighted sum of both kernels, which are brought to the same Frobenius norm before: |YYᵀ| = |YᵀY|.
 *
 * @param share w, the share of the first, from 0 to 1
 */
export function mix(first: Dense, second: Dense, share: number): Dense {
  const [a, b] = [unit(first), unit(second)]
  if (share === 1) return a
  if (share === 0) return b
  return sideBySide(
    scaleRows(a, () => Math.sqrt(share)),
    scaleRows(b, () => Math.sqrt(1 - share))
  )
}

/** The same rows, of which |YYᵀ| is 1. */
export function unit(rows: Dense): Dense {
  let squares = 0
  for (const value of gramOf(rows)) squares += value * value
  const factor = squares > 0 ? squares ** -0.25 : 0
  return scaleRows(rows, () => factor)
}

/** Takes from what is liked by many: row i times max(likes, 1)^-exponent. */
export const damp = (rows: Dense, likes: Int32Array, exponent: number): Dense =>
  exponent === 0 ? rows : scaleRows(rows, row => Math.max(likes[row], 1) ** -exponent)

/** The leading d directions of the rows, Y·E with E the leading eigenvectors of YᵀY: of all d columns the nearest to YYᵀ. */
export function cut(rows: Dense, d: number): Dense {
  const { vectors } = spectrumOf(gramOf(rows))
  const left = Math.min(d, rows.d)
  return times(rows, vectors.subMatrix(0, rows.d - 1, 0, left - 1))
}
