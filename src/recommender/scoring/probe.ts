import { GRAPH } from '../model/files.js'
import type { Outputs } from './batching.js'
import type { Graph } from './graph.js'

/**
 * Runs the graph to see that it ranks `items` items. The row after the last item means "no item": a graph of fewer items
 * fails to look it up, and a graph of just as many fails at the row after that. Some graphs take any row. Only these are
 * run with every item excluded, which reads all of the weights: then nothing may be left to offer.
 *
 * @throws Error when the graph ranks more or fewer items, or scores that are not finite
 */
export async function checkItems(run: Graph['run'], items: number, file = GRAPH): Promise<void> {
  const expected = `${file}: expected a graph of ${items} items, as the manifest says`
  const noItem = BigInt64Array.of(BigInt(items))
  const best = (row: number, exclude: BigInt64Array<ArrayBuffer>): Promise<Outputs> =>
    run({ size: 1, history: BigInt64Array.of(BigInt(row)), weights: Float32Array.of(1), exclude, k: 1 })

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
    throw new Error(`${file}: expected finite scores for rows 0 to ${items - 1}, found ${one.scores[0]} for row ${one.items[0]}`)
  }
}
