import { type Dense, scaleColumns } from '../linear/dense.js'
import type { TruncatedSvd } from '../linear/svd.js'

/**
 * The rows of a linear autoencoder: with X the weighted ratings [users, items], B = argmin |X − XB|² + λ|B|² is
 * (XᵀX + λI)⁻¹XᵀX = V diag(σ² / (σ² + λ)) Vᵀ, cut here to the leading directions. So B = LLᵀ with
 *
 *     L = V √(σ² / (σ² + λ))
 *
 * and a history scores an item by the dot product of its row with the sum of the history's rows. It is EASE without the zero
 * diagonal: Steck, "Autoencoders that don't overfit towards the Identity" (2020), section 3.
 *
 * @param lambda λ > 0, in squared singular values
 */
export function laeRows({ squares, right }: TruncatedSvd, lambda: number): Dense {
  return scaleColumns(
    right,
    squares.map(square => Math.sqrt(square / (square + lambda)))
  )
}
