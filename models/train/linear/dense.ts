import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix'

/** A matrix of rows one after the other. */
export interface Dense {
  /** [rows × d] */
  values: Float32Array
  d: number
}

/** Eigenvalues from the largest to the smallest, and the eigenvector of each, as the columns of [n, n]. */
export interface Spectrum {
  values: Float64Array
  vectors: Matrix
}

/** Of a symmetric matrix without negative eigenvalues, [n × n]: what rounding makes negative counts as 0. */
export function spectrumOf(symmetric: Float64Array): Spectrum {
  const n = Math.sqrt(symmetric.length)
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(n, n, symmetric), { assumeSymmetric: true })
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[b] - realEigenvalues[a])
  return {
    values: Float64Array.from(order, k => Math.max(0, realEigenvalues[k])),
    vectors: eigenvectorMatrix.subMatrixColumn(order)
  }
}

/**
 * How many directions rows use: the exponential of the entropy of the eigenvalues of YᵀY, from 1 to d. Roy, Vetterli, "The
 * Effective Rank" (2007).
 */
export function effectiveRankOf(rows: Dense): number {
  const { values } = spectrumOf(gramOf(rows))
  const all = values.reduce((sum, value) => sum + value, 0)
  return Math.exp(values.reduce((sum, value) => (value > 0 ? sum - (value / all) * Math.log(value / all) : sum), 0))
}

/** The lower triangle L with LLᵀ = the matrix, which has to be positive definite, and symmetric but for rounding. */
export function choleskyOf(matrix: Matrix): Matrix {
  const decomposition = new CholeskyDecomposition(Matrix.add(matrix, matrix.transpose()).mul(0.5))
  if (!decomposition.isPositiveDefinite()) throw new Error('expected a matrix that is positive definite')
  return decomposition.lowerTriangularMatrix
}

/** YᵀY, [d × d]. */
export function gramOf({ values, d }: Dense): Float64Array {
  const sum = new Float64Array(d * d)
  addGram(values, d, 0, values.length / d, sum)
  return sum
}

/** sum += Σ y yᵀ, over the rows y of `values` from `from` to `to`. */
export function addGram(values: Float32Array, d: number, from: number, to: number, sum: Float64Array): void {
  const y = new Float64Array(BLOCK * d)
  for (let row = from; row < to; row += BLOCK) {
    // Four rows at a time read and write the sum a quarter as often; rows beyond the end are zeros.
    const end = Math.min(BLOCK, to - row) * d
    for (let k = 0; k < y.length; k++) y[k] = k < end ? values[row * d + k] : 0
    for (let a = 0; a < d; a++) {
      const p = y[a]
      const q = y[d + a]
      const r = y[2 * d + a]
      const s = y[3 * d + a]
      for (let b = 0; b <= a; b++) sum[a * d + b] += p * y[b] + q * y[d + b] + (r * y[2 * d + b] + s * y[3 * d + b])
    }
  }
  for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) sum[b * d + a] = sum[a * d + b]
}

/** Every row times a matrix [d, width]. */
export function times({ values, d }: Dense, matrix: Matrix): Dense {
  const width = matrix.columns
  const product = new Float32Array((values.length / d) * width)
  multiplyRows(values, d, Float64Array.from(matrix.to1DArray()), 0, values.length / d, product)
  return { values: product, d: width }
}

/** The rows from `from` to `to` of `product` become those of `values` times the matrix [d × width]; both may be the same array. */
export function multiplyRows(values: Float32Array, d: number, matrix: Float64Array, from: number, to: number, product: Float32Array): void {
  const width = matrix.length / d
  const sum = new Float64Array(width)
  for (let row = from; row < to; row++) {
    sum.fill(0)
    const at = row * d
    let a = 0
    for (; a + 3 < d; a += BLOCK) {
      const p = values[at + a]
      const q = values[at + a + 1]
      const r = values[at + a + 2]
      const s = values[at + a + 3]
      const m = a * width
      for (let b = 0; b < width; b++) {
        sum[b] += p * matrix[m + b] + q * matrix[m + width + b] + (r * matrix[m + 2 * width + b] + s * matrix[m + 3 * width + b])
      }
    }
    for (; a < d; a++) for (let b = 0; b < width; b++) sum[b] += values[at + a] * matrix[a * width + b]
    product.set(sum, row * width)
  }
}

const BLOCK = 4

/** Every row i times its factor. */
export function scaleRows({ values, d }: Dense, factor: (row: number) => number): Dense {
  const scaled = new Float32Array(values.length)
  for (let row = 0; row * d < values.length; row++) {
    const by = factor(row)
    for (let at = row * d; at < (row + 1) * d; at++) scaled[at] = by * values[at]
  }
  return { values: scaled, d }
}

/** Every column times its factor. */
export function scaleColumns({ values, d }: Dense, factors: ArrayLike<number>): Dense {
  return { values: values.map((value, at) => value * factors[at % d]), d }
}

/** Matrices side by side: row i of the result is row i of each. */
export function sideBySide(left: Dense, right: Dense): Dense {
  const d = left.d + right.d
  const rows = left.values.length / left.d
  const values = new Float32Array(rows * d)
  for (let row = 0; row < rows; row++) {
    values.set(left.values.subarray(row * left.d, (row + 1) * left.d), row * d)
    values.set(right.values.subarray(row * right.d, (row + 1) * right.d), row * d + left.d)
  }
  return { values, d }
}
