/** The numbers of a graph. Rows are items, in the order of the model folder. */
export interface Factors {
  items: number
  dimensions: number
  /** Y, [items, dimensions]: a user is the weighted sum of the rows of what they rated, and a score is a dot product with that */
  factors: Float32Array
  /** p ≥ 0, [items]: what popularity adds to a score, for somebody of whom nothing is known */
  popularity: Float32Array
  /** how fast that fades as a history grows, as fade.ts says */
  fade: number
}
