import { GRAPH } from '../model/files.js'
import { LONGEST_SHORT, type Outputs } from './batching.js'
import type { Graph } from './graph.js'

/**
 * Runs the graph to see that it ranks `items` items. The row after the last item means "no item": a graph of fewer items
 * fails to look it up, and a graph of just as many fails at the row after that. Some graphs take any row. Only these are
 * run with every item excluded, which reads all of the weights: then nothing may be left to offer.
 *
 * @throws Error when the graph ranks more or fewer items, gives scores that are not finite, or offers what is excluded
 */
export async function checkItems(run: Graph['run'], items: number, file = GRAPH): Promise<void> {
  const expected = `${file}: expected a graph of ${items} items, as the manifest says`
  const noItem = BigInt64Array.of(BigInt(items))
  const best = (row: number, exclude: BigInt64Array<ArrayBuffer>, k = 1): Promise<Outputs> =>
    run({ size: 1, history: BigInt64Array.of(BigInt(row)), weights: Float32Array.of(1), exclude, k })

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
  for (const k of [1, Math.min(items, LONGEST_SHORT + 1)]) {
    const some = await best(0, noItem, k)
    const others = await best(0, BigInt64Array.of(BigInt(some.items[0])), k)
    const offered = [...some.scores.entries()].map(([i, score]) => ({ row: some.items[i], score }))
    const bad = offered.find(({ row, score }) => !Number.isFinite(score) || row < 0 || row >= items)
    if (bad) throw new Error(`${file}: expected finite scores for rows 0 to ${items - 1}, found ${bad.score} for row ${bad.row}`)
    if (others.scores.some(Number.isNaN) || (others.items[0] === some.items[0] && others.scores[0] !== -Infinity))
      throw new Error(`${file}: expected nothing of row ${some.items[0]}, which is excluded, found a score of ${others.scores[0]}`)
  }
}
