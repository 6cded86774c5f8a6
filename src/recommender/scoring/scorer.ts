import { join } from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import type { Queries, Rankings } from './query.js'
import { GRAPH } from '../model/files.js'
import { InferenceSession, Tensor } from './onnxruntime.js'
import { alike, type Inputs, merge, type Outputs, pack } from './batching.js'

/** A graph that is open: queries in, rankings out. Where it runs is its own affair. */
export interface Scorer {
  /** At least one query; they are answered together. */
  score(queries: Queries): Promise<Rankings>
  /** Lets go of the graph. Nothing may be scored at that time. */
  close(): Promise<void>
}

/** @param onFailure is told when the scorer dies later on and cannot answer any more */
export type OpenScorer = (dir: string, items: number, threads: number, onFailure: (error: Error) => void) => Promise<Scorer>

interface Expected {
  name: string
  type: string
  shape: (string | number)[]
  optional?: true
}

/** The model contract: what the graph takes and gives. Names in a shape may have any size. */
const CONTRACT: Record<'takes' | 'gives', Expected[]> = {
  takes: [
    { name: 'history', type: 'int64', shape: ['batch', 'l'] },
    { name: 'exclude', type: 'int64', shape: ['batch', 'm'] },
    { name: 'k', type: 'int64', shape: [1] }
  ],
  gives: [
    { name: 'items', type: 'int32', shape: ['batch', 'k'] },
    { name: 'scores', type: 'float32', shape: ['batch', 'k'] },
    { name: 'scored', type: 'int32', shape: ['batch'], optional: true }
  ]
}

/**
 * Opens the graph of a model folder on this thread, which it blocks while it scores.
 *
 * @throws Error when the graph does not fit the contract, or ranks more or fewer than `items` items
 */
export const openScorer: OpenScorer = async (dir, items, threads) => {
  const graph = await openGraph(dir, threads)
  try {
    await checkItems(graph.run, items)
  } catch (error) {
    await graph.close()
    throw error
  }
  return {
    async score(queries) {
      const runs = alike(queries)
      const outputs = await Promise.all(runs.map(indices => graph.run(pack(queries, indices, items))))
      return merge(queries, runs, outputs)
    },
    close: graph.close
  }
}

/** ONNX Runtime with a graph of the contract, on this thread. */
export interface Graph {
  run(inputs: Inputs): Promise<Outputs>
  close(): Promise<void>
}

/** @throws Error when the graph does not fit the contract */
export async function openGraph(dir: string, threads: number): Promise<Graph> {
  const session = await InferenceSession.create(join(dir, GRAPH), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A run that fails throws; it need not print as well.
    logSeverityLevel: 4
  }).catch(error => {
    throw new Error(`${GRAPH}: ONNX Runtime cannot open it: ${error.message}`, { cause: error })
  })
  try {
    compare('takes', session.inputMetadata)
    compare('gives', session.outputMetadata)
  } catch (error) {
    await session.release()
    throw error
  }
  return {
    async run(inputs) {
      const { items, scores, scored } = await session.run(tensors(inputs))
      return { items: items.data as Int32Array, scores: scores.data as Float32Array, scored: scored?.data as Int32Array | undefined }
    },
    close: () => session.release()
  }
}

/** The graph's inputs, as ONNX Runtime takes them. */
export function tensors({ size, history, exclude, k }: Inputs): Session.FeedsType {
  return {
    history: new Tensor('int64', history, [size, history.length / size]),
    exclude: new Tensor('int64', exclude, [size, exclude.length / size]),
    k: new Tensor('int64', BigInt64Array.of(BigInt(k)), [1])
  }
}

function compare(verb: keyof typeof CONTRACT, found: readonly Session.ValueMetadata[]): void {
  const expected = CONTRACT[verb]
  const fits = (value: Session.ValueMetadata, { name, type, shape }: Expected): boolean =>
    value.isTensor &&
    value.name === name &&
    value.type === type &&
    value.shape.length === shape.length &&
    shape.every((size, i) =>
      typeof size === 'string' ? typeof value.shape[i] === 'string' || value.shape[i] === -1 : value.shape[i] === size
    )

  const there = expected.filter(({ name, optional }) => !optional || found.some(value => value.name === name))
  if (found.length !== there.length || !there.every(one => found.some(value => fits(value, one)))) {
    const wanted = there.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`)
    const got = found.map(value =>
      value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : `${value.name}, no tensor`
    )
    throw new Error(`${GRAPH}: expected a graph that ${verb} ${wanted.join(', ')}; this one ${verb} ${got.join(', ')}`)
  }
}

/**
 * A graph of fewer items cannot look the last row up, which is "no item", and one of as many no row after it. One that
 * takes any row (some graphs do) must have nothing left to offer when every item is excluded: that touches all of the
 * weights, so it is asked of no other.
 */
async function checkItems(run: Graph['run'], items: number): Promise<void> {
  const expected = `${GRAPH}: expected a graph of ${items} items, as the manifest says`
  const noItem = BigInt64Array.of(BigInt(items))
  const best = (row: number, exclude: BigInt64Array<ArrayBuffer>): Promise<Outputs> =>
    run({ size: 1, history: BigInt64Array.of(BigInt(row)), exclude, k: 1 })

  const fails = (error: Error): never => {
    throw new Error(`${expected}; it fails with them: ${error.message}`, { cause: error })
  }
  await best(items, noItem).catch(fails)
  const takesMore = await best(items + 1, noItem).then(
    () => true,
    () => false
  )
  if (takesMore) {
    const everything = new BigInt64Array(items)
    for (let row = 0; row < items; row++) everything[row] = BigInt(row)
    const none = await best(items, everything).catch(fails)
    if (none.scores[0] !== -Infinity) throw new Error(`${expected}; with all of them excluded it still offers row ${none.items[0]}`)
  }
  const one = await best(0, noItem)
  if (!Number.isFinite(one.scores[0]) || one.items[0] < 0 || one.items[0] >= items) {
    throw new Error(`${GRAPH}: expected finite scores for rows 0 to ${items - 1}, found ${one.scores[0]} for row ${one.items[0]}`)
  }
}
