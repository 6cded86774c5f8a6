import { copyFile, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GRAPH } from '../../../src/recommender/model/files.js'
import { counts } from '../data/sparse-rows.js'
import { type Likes, likesOf } from '../data/likes.js'
import { type Terms, writeFiles } from '../export/folder.js'
import { graph } from '../export/graph.js'
import { inOrder, layoutOf } from '../export/layout.js'
import { linearFoldIn } from '../ials/fold-in.js'
import { choleskyOf, multiplyRows } from '../linear/dense.js'
import { priorOf } from '../model/prior.js'
import { readGraphFile } from './graph-file.js'
import type { ItemFactors } from './item-factors.js'
import type { ItemMatrix } from './item-matrix.js'
import { AT_ONCE, matrixGraph } from './matrix-graph.js'
import type { ModelRatings } from './ratings-of.js'

/** The graphs of a folder, made of what another program learnt. */
export interface Packed {
  /** writes the files of the graphs into a folder, and gives their names */
  writeGraphs(dir: string): Promise<string[]>
  terms: Terms
  /** entry r is the item, by its number, that becomes row r */
  rowOrder: Int32Array
  /** numbers that it was made with */
  hyperparameters: Record<string, number>
}

/** How the factors of somebody's history become those of the user. */
export interface FoldIn {
  /** as alternating least squares do it, or just their sum */
  foldIn: 'als' | 'sum'
  /** α₀, weight of what somebody did not rate */
  alpha0: number
  /** what a like weighs beside that */
  alpha: number
  lambda: number
  /** how many likes are expected of a user */
  foldInLikes: number
}

const plainOrder = (items: number): Int32Array => Int32Array.from({ length: items }, (_, row) => row)

/** Our own graph around item factors. They are overwritten: the fold-in goes into them, as in fold-in.ts. */
export function packFactors(
  { values, d }: ItemFactors,
  { foldIn, alpha0, alpha, lambda, foldInLikes }: FoldIn,
  { ratings, like }: ModelRatings
): Packed {
  const items = values.length / d
  const likes = likesOf(ratings, like)
  const likers = counts(likes.byItem)
  if (foldIn === 'als') {
    // What nobody rates is expected of everybody alike.
    const popularity = Float64Array.from(likers, count => count || (ratings.user.length === 0 ? 1 : 0))
    const settings = { dimensions: d, alpha0, lambda, nu: 0, foldInLikes: alpha * foldInLikes }
    const lower = choleskyOf(linearFoldIn(values, popularity, settings))
    multiplyRows(values, d, Float64Array.from(lower.to1DArray()), 0, items, values)
  }
  const factors = { items, dimensions: d, factors: values, popularity: priorOf({ values, d }, likers, 1), fade: AT_ONCE }
  const { rowOrder, blockEnds } =
    likes.byUser.values.length === 0 ? { rowOrder: plainOrder(items), blockEnds: undefined } : layoutOf(factors, likes.byUser)
  return {
    writeGraphs: dir => writeFiles(dir, graph(blockEnds ? inOrder(factors, rowOrder) : factors, blockEnds)),
    terms: { order: false, linear: true },
    rowOrder: blockEnds ? rowOrder : plainOrder(items),
    hyperparameters: { dimensions: d, ...(foldIn === 'als' && { alpha0, alpha, lambda, foldInLikes }) }
  }
}

/** How many likes somebody has who has some. */
export function meanLikes({ byUser }: Likes): number {
  const some = counts(byUser).filter(count => count > 0)
  return some.length === 0 ? 1 : byUser.values.length / some.length
}

/** A graph that adds the rows of an item-item matrix. */
export function packMatrix(matrix: ItemMatrix, { ratings, like }: ModelRatings): Packed {
  const popularity = Float32Array.from(counts(likesOf(ratings, like).byItem), count => Math.log1p(count))
  return {
    writeGraphs: dir => writeFiles(dir, matrixGraph(matrix, popularity)),
    terms: { order: false, linear: true },
    rowOrder: plainOrder(matrix.items),
    hyperparameters: {}
  }
}

/**
 * A graph that is there, with the files of its weights.
 *
 * @throws Error when it is no graph, or its weights are not beside it
 */
export async function packGraph(file: string, terms: Terms, items: number): Promise<Packed> {
  const found = await readFile(file)
    .then(readGraphFile)
    .catch(error => {
      throw new Error(`${file}: expected an ONNX graph, as \`torch.onnx.export\` writes it: ${(error as Error).message}`, { cause: error })
    })
  const elsewhere = found.weights.find(location => basename(location) !== location)
  if (elsewhere !== undefined) throw new Error(`${file}: expected its weights in files beside it, found ${elsewhere}`)
  return {
    async writeGraphs(dir) {
      await copyFile(file, join(dir, GRAPH))
      for (const name of found.weights)
        await copyFile(join(dirname(file), name), join(dir, name)).catch(error => {
          throw new Error(`${file}: its weights, ${name}, have to be beside it: ${(error as Error).message}`, { cause: error })
        })
      return [GRAPH, ...found.weights]
    },
    terms: { ...terms, ...(found.width !== undefined && { maxHistory: terms.maxHistory ?? found.width }) },
    rowOrder: plainOrder(items),
    hyperparameters: {}
  }
}
