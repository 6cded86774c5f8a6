import { floats, node, type Node, real, type Tensor } from './onnx.js'

/** What is left of the popularity prior in the end: it decides only where nothing else does. */
const LEAST = 1e-6

/**
 * How much the popularity prior counts for a history with the weights w:
 *
 *     fade = max(1 - rate · Σ w², 10⁻⁶)
 *
 * It is 1 for an empty history and falls in a straight line, until Σ w² = 1 / rate. Longer histories are ranked by their own
 * ratings. A dislike counts as a like does: both tell something. The sum of squares is a product of the weights with
 * themselves. It gives the same bits alone and in a batch; a `ReduceSum` does not.
 */
export function fadeOf(rate: number, weights: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < weights.length; i++) squares += weights[i] ** 2
  return Math.max(1 - rate * squares, LEAST)
}

/** The same in the graph: from `weights` [batch, l], and `rowWeights` [batch, 1, l], to `fade` [batch, 1]. */
export const fade = (rate: number): Node[] => [
  node('Unsqueeze', ['weights', 'two'], ['columnWeights']),
  node('MatMul', ['rowWeights', 'columnWeights'], ['sumOfSquares']),
  node('Squeeze', ['sumOfSquares', 'axis1'], ['squares']),
  // max(0, min(1, alpha x + beta))
  node('HardSigmoid', ['squares'], ['faded'], real('alpha', -rate), real('beta', 1)),
  node('Max', ['faded', 'least'], ['fade'])
]

export const FADE_CONSTANTS: Tensor[] = [floats('least', LEAST)]
