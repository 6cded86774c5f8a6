import { MAX_LIST } from '../../limits.js'
import type { GraphTerms } from '../model/manifest.js'
import { historyWidth, LONGEST_SHORT, merge, pack, type Padding } from './batching.js'
import type { Graph } from './graph.js'
import { flatten, type Query, type Ranking, rankingOf } from './query.js'

/** A graph that is tried: queries in, the answers of one run out. Histories are as wide as in the service, or as is said. */
interface Trial {
  file: string
  items: number
  padding: Padding
  run: Graph['run']
  ask(queries: Query[], width?: number): Promise<Ranking[]>
}

/**
 * Tries a graph before it answers anybody, as the service will use it: with no history and with the longest, alone and in
 * company, with narrow padding and with wide. About ten runs, on rows near the first, so that a large catalogue stays on the disk.
 *
 * @returns sentences about what looks wrong and can be served
 * @throws Error that says what the graph does that it must not do
 */
export async function probe(graph: Graph, terms: GraphTerms, file: string): Promise<string[]> {
  const { items } = terms
  const padding = { ...terms, width: graph.width }
  const trial: Trial = {
    file,
    items,
    padding,
    run: graph.run,
    async ask(queries, width = padding.width) {
      const flat = flatten(queries)
      const all = [...queries.keys()]
      const rankings = merge(flat, [all], [await graph.run(pack(flat, all, { ...padding, width }))])
      return all.map(i => rankingOf(rankings, i))
    }
  }
  await checkItems(trial)
  await checkLongest(trial)
  const some = queryOf(firstRows(3, items), FEW, items)
  const [answer] = await trial.ask([some])
  checkRanking(trial, some, answer)
  await checkExclusion(trial, some, answer)
  await checkPadding(trial, some, answer)
  await checkCompany(trial, some, answer)
  return [...(await checkHeed(trial, some, answer)), ...(await checkOrder(trial, some, answer, terms.order))]
}

/** How long a short list is that is asked for, and how many of an answer are excluded from the next. */
const FEW = 8

const NOTHING = new Int32Array(0)
const firstRows = (count: number, items: number): Int32Array => Int32Array.from({ length: Math.min(count, items) }, (_, row) => row)

const queryOf = (history: Int32Array, k: number, items: number, exclude: Int32Array = NOTHING): Query => ({
  history,
  weights: new Float32Array(history.length).fill(1),
  exclude,
  k: Math.min(k, items)
})

/**
 * The row after the last item means "no item": a graph of fewer items fails to look it up, and a graph of just as many fails at
 * the row after that. Some graphs take any row. Only these are run with every item excluded, which reads all of the weights:
 * then nothing may be left to offer. The history is as short as can be, for graphs that take none as long as ours.
 */
async function checkItems({ file, items, padding, run, ask }: Trial): Promise<void> {
  const expected = `${file}: expected a graph of ${items} items, as the manifest says`
  const fails = (error: Error): never => {
    throw new Error(`${expected}; it fails with them, or with row ${items}, which means "no item": ${error.message}`, { cause: error })
  }
  const width = padding.width ?? 1
  await ask([queryOf(NOTHING, 1, items)], width).catch(fails)
  const takesMore = await ask([queryOf(Int32Array.of(items + 1), 1, items)], width).then(
    () => true,
    () => false
  )
  if (!takesMore) return
  // Without padding, which would exclude a row more of a graph that has one more.
  const exclude = BigInt64Array.from(firstRows(items, items), BigInt)
  const none = await run({ ...pack(flatten([queryOf(NOTHING, 1, items)]), [0], { ...padding, width }), exclude }).catch(fails)
  if (none.scores[0] !== -Infinity)
    throw new Error(
      `${expected}; with all of them excluded it still offers row ${none.items[0]}: it has more items, or it does not heed "exclude"`
    )
}

/** The longest history that a request or the manifest allows, and a long list, which graphs may find another way than a short one. */
async function checkLongest(trial: Trial): Promise<void> {
  const { file, items, padding, ask } = trial
  const longest = queryOf(firstRows(padding.maxHistory ?? MAX_LIST, items), LONGEST_SHORT + 1, items)
  const fails = async (error: Error): Promise<never> => {
    const most = await longestTaken(trial, longest.history.length)
    throw new Error(
      `${file}: expected to take histories of ${longest.history.length} movies; it takes ${most} at most: say "maxHistory": ${most} in the manifest (\`--max-history ${most}\` of \`npm run pack\`), and the newest are kept: ${error.message}`,
      { cause: error }
    )
  }
  const [answer] = await ask([longest]).catch(fails)
  checkRanking(trial, longest, answer)
  await checkExclusion(trial, longest, answer)
}

/** The width from which on a graph fails, found by halves. */
async function longestTaken({ items, ask }: Trial, fails: number): Promise<number> {
  let most = 1
  while (fails - most > 1) {
    const middle = (most + fails) >> 1
    const isTaken = await ask([queryOf(firstRows(middle, items), 1, items)], middle).then(
      () => true,
      () => false
    )
    if (isTaken) most = middle
    else fails = middle
  }
  return most
}

/** An answer is k rows of the catalogue, each once, by falling score. A graph may leave out what is in the history by itself. */
function checkRanking({ file, items }: Trial, { history, exclude, k }: Query, { rows, scores }: Ranking): void {
  for (const [rank, score] of scores.entries()) {
    const row = rows[rank]
    if (!Number.isFinite(score) || row < 0 || row >= items)
      throw new Error(
        `${file}: expected finite scores for rows 0 to ${items - 1}, found ${score} for row ${row} after a history of ${history.length} movies`
      )
    if (score > scores[rank - 1]) throw new Error(`${file}: expected the best first, found a score of ${score} after ${scores[rank - 1]}`)
    if (rows.indexOf(row) < rank) throw new Error(`${file}: expected every row once in an answer, found row ${row} twice`)
  }
  const least = Math.min(k, items - history.length - exclude.length)
  if (rows.length < least) throw new Error(`${file}: expected ${k} rows, as "k" says, found ${rows.length}`)
}

/** What was answered before is excluded: it must not come again. */
async function checkExclusion(trial: Trial, query: Query, { rows }: Ranking): Promise<void> {
  const exclude = rows.slice(0, FEW)
  const without = { ...query, exclude }
  const [others] = await trial.ask([without])
  const again = others.rows.findIndex(row => exclude.includes(row))
  if (again >= 0)
    throw new Error(
      `${trial.file}: expected nothing of row ${others.rows[again]}, which is excluded, found a score of ${others.scores[again]}`
    )
  checkRanking(trial, without, others)
}

/** The same history with more "no item" beside it. */
async function checkPadding(trial: Trial, query: Query, answer: Ranking): Promise<void> {
  const { file, padding } = trial
  const narrow = historyWidth(query.history.length, padding)
  const wide = padding.width ?? Math.min(3 * narrow, padding.maxHistory ?? 3 * narrow)
  const [padded] = await trial.ask([query], wide)
  if (agree(answer, padded)) return
  const side = padding.pad ?? 'right'
  const other = side === 'left' ? 'right' : 'left'
  throw new Error(
    `${file}: expected the same answer however a history is padded; padded on the ${side} to ${wide} in place of ${narrow} it is another. Mask what is "no item" (${padding.items}), say "pad": "${other}" in the manifest (\`--pad ${other}\` of \`npm run pack\`) if it is padded there, or export the graph with histories of one length`
  )
}

/** The same history in one run with a shorter one, and with none. */
async function checkCompany(trial: Trial, query: Query, answer: Ranking): Promise<void> {
  const { file, items } = trial
  const company = [queryOf(Int32Array.of(Math.min(3, items - 1)), FEW, items), query, queryOf(NOTHING, FEW, items)]
  const answers = await trial.ask(company).catch(error => {
    throw new Error(`${file}: expected to answer ${company.length} histories in one run: ${error.message}`, { cause: error })
  })
  for (const [i, one] of company.entries()) checkRanking(trial, one, answers[i])
  if (!agree(answer, answers[1]))
    throw new Error(`${file}: expected the same answer alone and in company; with other histories in the run it is another`)
}

/** Another history of the same length. A graph that looks for the last entry on the wrong side of the padding does not see which. */
async function checkHeed({ file, items, padding, ask }: Trial, { history }: Query, answer: Ranking): Promise<string[]> {
  if (items < 2 * history.length) return []
  const [other] = await ask([
    queryOf(
      history.map(row => row + history.length),
      FEW,
      items
    )
  ])
  if (!agree(answer, other)) return []
  const side = padding.pad ?? 'right'
  return [
    `${file}: another history of the same length has the same answer: does the graph read histories that are padded on the ${side} (\`--pad\` of \`npm run pack\`)?`
  ]
}

/** Whether the order of a history changes the answer is as the manifest says. */
async function checkOrder({ file, ask }: Trial, query: Query, answer: Ranking, order: boolean): Promise<string[]> {
  const [reversed] = await ask([{ ...query, history: query.history.toReversed() }])
  const isSame = agree(answer, reversed)
  if (order && isSame && query.history.length > 1)
    return [`${file}: the manifest says "order": true, and no order of a history changes the answer: is the order lost in the graph?`]
  if (!order && !isSame)
    return [
      `${file}: the order of a history changes the answer, and the manifest says "order": false: then histories come sorted by row, not by time; \`--order\` of \`npm run pack\` keeps them in time`
    ]
  return []
}

/** How far scores may differ, as a share of what lies between the first and the last, and of the first: rounding, and no more. */
const OF_SPREAD = 0.01
const OF_SCORE = 1e-5

/** Whether every row of an answer has its score in the other one, or could stand behind its last. */
function agree({ rows, scores }: Ranking, other: Ranking): boolean {
  const last = scores.length - 1
  if (other.scores.length - 1 !== last) return false
  const most = OF_SPREAD * (scores[0] - scores[last]) + OF_SCORE * Math.abs(scores[0])
  return scores.every((score, rank) => {
    const there = other.rows.indexOf(rows[rank])
    return Math.abs(score - other.scores[there === -1 ? last : there]) <= most
  })
}
