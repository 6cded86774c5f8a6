import { LONGEST_SHORT } from '../../../src/recommender/scoring/batching.js'
import { above, greatest, normsOf, SHORTEST, slack } from './bounds.js'
import type { Factors } from './factors.js'
import { branch, floats, type Graph, int, ints, longs, node, type Node, type Part, type Tensor, value, type Weights } from './onnx.js'
import { TensorProto_DataType as DataType } from './onnx_pb.js'

/** Where each block of rows ends, rising to the number of items. */
export interface BlockEnds {
  /** for lists of up to `LONGEST_SHORT` */
  short: number[]
  /** for longer lists, which need more rows: their first block holds what most of them need */
  long: number[]
}

/**
 * The steps from a user's vector to the k best items. They stop early, and still find what a product with all rows would.
 * Rows are scored block by block, and each block only for the users who are not done yet:
 *
 *     rows     0 ──────── e₀ ──────────── e₁ ───────────────────── items
 *              │ everybody │ a few users   │ fewer still, if any
 *
 *     block 0: score ─ k best ─ who is not done? ─ If anybody ┬ then: block 1 for them, and so on; scatter their answers back
 *                                                             └ else: as it is
 *
 * By Cauchy and Schwarz no row y of the rest scores more than u·y + fade·p ≤ |u| max|y| + fade · max p. A user who has k items that
 * score more than that is done. The order of rows decides how soon (`layoutOf`), never what is answered.
 *
 * A block's matrix has one more row at either end, with the prior -∞. Excluded rows of other blocks are clipped to these
 * two, where they change nothing.
 *
 *     rows of block 1:    e₀-1 │ e₀ … e₁-1 │ e₁
 *     its prior:           -∞  │ p         │ -∞
 *
 * The matrices are parts of `Y` in the file of weights. When ONNX Runtime opens the graph, it packs a copy of the first block
 * of short lists and of long lists, and of no other: a large catalogue opens at once, and rows that nobody needs stay on
 * the disk. It also copies the constants of a branch. For the first block of short lists that copy saves a twentieth of the
 * time. The first block of long lists is larger, so it is a constant of the graph around the branches.
 *
 * @returns nodes from `user` [batch, d], `fade` [batch, 1], `exclude` and `k` to `items`, `scores` and `scored`
 */
export function earlyStop(factors: Factors, { short, long }: BlockEnds, weights: Weights): Part {
  return {
    initializer: [...CONSTANTS, ...tensors('long', factors, long, weights)],
    node: [
      node('Identity', ['user'], ['user0']),
      node('Cast', ['exclude'], ['exclude0'], int('to', DataType.INT32)),
      node('Identity', ['fade'], ['fade0']),
      node('ReduceL2', ['user0', 'axis1'], ['exactLength']),
      node('Max', ['exactLength', 'shortest'], ['length0']),
      node('Sub', ['k', '1'], ['last']),
      node('Greater', ['k', 'longestShort'], ['isLong']),
      node(
        'If',
        ['isLong'],
        ['scores', 'rows', 'scored'],
        branch('then_branch', cascade('long', long)),
        branch('else_branch', cascade('short', short, tensors('short', factors, short, weights)))
      ),
      node('Cast', ['rows'], ['items'], int('to', DataType.INT32))
    ],
    output: [value('scored', DataType.INT32, ['batch'])]
  }
}

/** Block after block, from the first one, which every user needs. */
function cascade(lists: Lists, ends: number[], initializer: Tensor[] = []): Graph {
  const { nodes, answer } = block(lists, 0, ends.length - 1)
  return { name: `${lists} lists`, initializer, node: nodes, output: answer.map(name => ({ name })) }
}

const CONSTANTS = [
  longs('longestShort', LONGEST_SHORT),
  longs('1', 1),
  longs('first', 0),
  floats('shortest', SHORTEST),
  longs('none', [0, 0, 0])
]

/** The tensors of the blocks: rows and priors, where they begin and end, and the bound on the rows after them. */
function tensors(lists: Lists, { items, dimensions: d, factors, popularity }: Factors, ends: number[], weights: Weights): Tensor[] {
  if (ends.at(-1) !== items || ends.some((end, j) => end <= (ends[j - 1] ?? 0)))
    throw new Error(`expected blocks whose ends rise from 1 to ${items}, the number of items; found ${ends.join(', ')}`)
  const norms = normsOf(factors, d)
  const wall = Float32Array.of(-Infinity)
  return ends.flatMap((end, j) => {
    const start = ends[j - 1] ?? 0
    const from = j === 0 ? 0 : start - 1
    const width = end + 1 - from
    const bounds = (): Tensor[] => {
      const norm = greatest(norms, end)
      const prior = greatest(popularity, end)
      return [floats(`${lists}norm${j}`, above(norm * slack(d))), floats(`${lists}most${j}`, above(prior * slack(d)))]
    }
    return [
      weights.at(Float32Array.BYTES_PER_ELEMENT * from * d, `${lists}Y${j}`, [width, d]),
      weights.add(`${lists}p${j}`, [width], ...(j === 0 ? [] : [wall]), popularity.subarray(start, end), wall),
      ints(`${lists}from${j}`, from),
      ints(`${lists}end${j}`, end),
      longs(`${lists}first${j}`, from),
      ...(j === 0 ? [longs(`${lists}width0`, [width])] : []),
      ...(end === items ? [] : bounds())
    ]
  })
}

/** Short lists or long ones: their tensors begin with that word. */
type Lists = keyof BlockEnds

/** Nodes, and the names of their results: scores [users, k], rows [users, k], number of rows scored [users]. */
interface Found {
  nodes: Node[]
  answer: string[]
}

/** Scores block `j` for the users who need it, and the next blocks for those who are not done then. */
function block(lists: Lists, j: number, last: number): Found {
  const nodes = [
    node('Mul', [`fade${j}`, `${lists}p${j}`], [`prior${j}`]),
    node('Gemm', [`user${j}`, `${lists}Y${j}`, `prior${j}`], [`all${j}`], int('transB', 1)),
    node('Clip', [`exclude${j}`, `${lists}from${j}`, `${lists}end${j}`], [`clipped${j}`]),
    node('Sub', [`clipped${j}`, `${lists}from${j}`], [`within${j}`]),
    node('Shape', [`exclude${j}`], [`excluded${j}`]),
    node('Expand', ['never', `excluded${j}`], [`nevers${j}`]),
    node('ScatterElements', [`all${j}`, `within${j}`, `nevers${j}`], [`left${j}`], int('axis', 1)),
    ...(j === 0 ? firstBest(lists) : nextBest(lists, j)),
    node('Shape', [`length${j}`], [`users${j}`], int('end', 1)),
    node('Expand', [`${lists}end${j}`, `users${j}`], [`scored${j}`])
  ]
  const answer = [`scores${j}`, `rows${j}`, `scored${j}`]
  return j === last ? { nodes, answer } : goOn(lists, j, { nodes, answer }, block(lists, j + 1, last))
}

/** The k best of the first block, filled up with -∞ if it has fewer. */
const firstBest = (lists: Lists): Node[] => [
  node('Min', ['k', `${lists}width0`], ['k0']),
  node('TopK', ['left0', 'k0'], ['top0', 'at0']),
  node('Sub', ['k', 'k0'], ['short']),
  node('Concat', ['none', 'short'], ['missing'], int('axis', 0)),
  node('Pad', ['top0', 'missing', 'never'], ['scores0']),
  node('Pad', ['at0', 'missing'], ['rows0'])
]

/** The k best of the k best so far and block `j`. Those so far come first, since equal scores rank by row. */
const nextBest = (lists: Lists, j: number): Node[] => [
  node('Concat', [`bestScores${j}`, `left${j}`], [`both${j}`], int('axis', 1)),
  node('TopK', [`both${j}`, 'k'], [`scores${j}`, `at${j}`]),
  node('Less', [`at${j}`, 'k'], [`wasBest${j}`]),
  node('Min', [`at${j}`, 'last'], [`oldAt${j}`]),
  node('GatherElements', [`bestRows${j}`, `oldAt${j}`], [`oldRows${j}`], int('axis', 1)),
  node('Sub', [`at${j}`, 'k'], [`newAt${j}`]),
  node('Add', [`newAt${j}`, `${lists}first${j}`], [`newRows${j}`]),
  node('Where', [`wasBest${j}`, `oldRows${j}`, `newRows${j}`], [`rows${j}`])
]

/**
 * Hands the users who are not done to the next block. A single user goes twice: ONNX Runtime multiplies one vector with an
 * unpacked matrix in another order, and then the last bits of a score would depend on who else is in the batch.
 */
function goOn(lists: Lists, j: number, { nodes, answer }: Found, rest: Found): Found {
  const next = j + 1
  const carried = { user: 'user', fade: 'fade', exclude: 'exclude', length: 'length', scores: 'bestScores', rows: 'bestRows' }
  const merged = answer.map(name => `${name}Merged`)
  const kept = answer.map(name => `${name}Kept`)
  const final = answer.map(name => `${name}Final`)
  return {
    answer: final,
    nodes: [
      ...nodes,
      node('Gather', [`scores${j}`, 'last'], [`worst${j}`], int('axis', 1)),
      node('Mul', [`length${j}`, `${lists}norm${j}`], [`reach${j}`]),
      node('Mul', [`fade${j}`, `${lists}most${j}`], [`most${j}`]),
      node('Add', [`reach${j}`, `most${j}`], [`bound${j}`]),
      node('Greater', [`worst${j}`, `bound${j}`], [`done${j}`]),
      node('Not', [`done${j}`], [`more${j}`]),
      node('NonZero', [`more${j}`], [`who${j}`]),
      node('Size', [`who${j}`], [`howMany${j}`]),
      node('Cast', [`howMany${j}`], [`anybody${j}`], int('to', DataType.BOOL)),
      node(
        'If',
        [`anybody${j}`],
        final,
        branch('then_branch', {
          name: `block ${next}`,
          node: [
            node('Gather', [`who${j}`, 'first'], [`list${j}`]),
            node('Shape', [`list${j}`], [`size${j}`]),
            node('Max', [`size${j}`, 'two'], [`atLeastTwo${j}`]),
            node('Expand', [`list${j}`, `atLeastTwo${j}`], [`they${j}`]),
            ...Object.entries(carried).map(([here, there]) => node('Gather', [`${here}${j}`, `they${j}`], [`${there}${next}`])),
            ...rest.nodes,
            node('Unsqueeze', [`they${j}`, 'axis1'], [`places${j}`]),
            ...answer.map((name, i) => node('ScatterND', [name, `places${j}`, rest.answer[i]], [merged[i]]))
          ],
          output: merged.map(name => ({ name }))
        }),
        branch('else_branch', {
          name: `done after block ${j}`,
          node: answer.map((name, i) => node('Identity', [name], [kept[i]])),
          output: kept.map(name => ({ name }))
        })
      )
    ]
  }
}
