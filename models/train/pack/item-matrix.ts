import { basename, extname } from 'node:path'
import { transpose, type WeightedRows } from '../data/sparse-rows.js'
import { type Archive, type Numpy, readNpy, withNpz } from './npy.js'

/** What an item in a history adds to the scores of others: row i, of what item i adds. */
export type ItemMatrix = { items: number; dense: Float32Array } | { items: number; sparse: WeightedRows }

/**
 * Reads a matrix of items by items B, of a model that scores by x·B: EASE, SLIM, item-kNN. `.npy` [items, items], or `.npz` as
 * `scipy.sparse.save_npz` and `implicit` write it.
 *
 * @throws Error that names the file and what was expected
 */
export async function readItemMatrix(file: string): Promise<ItemMatrix> {
  const name = basename(file)
  if (extname(file) === '.npy') return dense(await readNpy(file), name)
  if (extname(file) !== '.npz') throw new Error(`${name}: expected an item-item matrix, .npy or .npz`)
  return withNpz(file, async archive => {
    if (archive.has('data', 'indices', 'indptr')) return sparse(archive, name)
    if (archive.names.length === 1) return dense(await archive.array(archive.names[0]), name)
    throw new Error(
      `${name}: expected a sparse matrix with data, indices and indptr, as scipy saves csr and csc; found ${archive.names.join(', ')}`
    )
  })
}

function square(shape: number[], name: string): number {
  if (shape.length !== 2 || shape[0] !== shape[1] || shape[0] === 0)
    throw new Error(`${name}: expected a matrix of items × items, found ${shape.join(' × ')}`)
  return shape[0]
}

function dense({ shape, values }: Numpy, name: string): ItemMatrix {
  const items = square(shape, name)
  const numbers = values instanceof Float32Array ? values.subarray(0, items * items) : Float32Array.from(values)
  refuseInfinite(numbers, name)
  return { items, dense: numbers }
}

async function sparse(archive: Archive, name: string): Promise<ItemMatrix> {
  const items = square(Array.from((await archive.array('shape')).values), name)
  const format = archive.has('format') ? await archive.text('format') : 'csr'
  if (format !== 'csr' && format !== 'csc')
    throw new Error(`${name}: expected a matrix in the format csr or csc, found ${format}: save matrix.tocsr()`)
  const rows: WeightedRows = {
    offsets: Int32Array.from((await archive.array('indptr')).values),
    values: Int32Array.from((await archive.array('indices')).values),
    weights: Float32Array.from((await archive.array('data')).values)
  }
  if (rows.offsets.length !== items + 1 || rows.values.some(column => column < 0 || column >= items))
    throw new Error(`${name}: expected rows and columns from 0 to ${items - 1}`)
  refuseInfinite(rows.weights, name)
  return { items, sparse: format === 'csc' ? transpose(rows, items) : rows }
}

function refuseInfinite(values: Float32Array, name: string): void {
  const bad = values.find(value => !Number.isFinite(value))
  if (bad !== undefined) throw new Error(`${name}: expected finite numbers, found ${bad}`)
}
