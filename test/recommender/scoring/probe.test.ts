import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import t, { type Test } from 'tap'
import { writeGraph } from '../../../models/train/export/folder.js'
import { floats, int, longs, node } from '../../../models/train/export/onnx.js'
import {
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema
} from '../../../models/train/export/onnx_pb.js'
import type { GraphTerms } from '../../../src/recommender/model/manifest.js'
import { flatten, rankingOf } from '../../../src/recommender/scoring/query.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../../src/recommender/scoring/scorer-thread.js'
import { SIZE } from '../../fixtures/checkerboard.js'
import { query } from '../../fixtures/graphs.js'
import { failsAt, lastOnly, leavesOutHistory, type Other, placesUpTo, writeNextMovie } from '../../fixtures/next-movie.js'

async function open(t: Test, other: Other = {}, terms: Partial<GraphTerms> = {}, opener = openScorer): Promise<Scorer> {
  const dir = t.testdir()
  await writeNextMovie(dir, other)
  const scorer = await opener(dir, { items: SIZE, order: true, ...terms }, 1, () => {})
  t.teardown(() => scorer.close())
  return scorer
}

/** What a graph does that it must not do, and what is said of it. */
const WRONG: Record<string, { other: Other; terms?: Partial<GraphTerms>; said: RegExp }> = {
  'it offers what is excluded': {
    other: { nodes: { left: [node('Add', ['sum', 'prior'], ['left'])], all: [] } },
    said: /expected nothing of row \d, which is excluded, found a score of/
  },
  'it offers one of several that are excluded': {
    other: {
      nodes: { left: [node('Shape', ['exclude'], ['excluded']), node('Expand', ['never', 'excluded'], ['nevers']), node('Max', ['exclude', 'second'], ['but']), node('ScatterElements', ['all', 'but', 'nevers'], ['left'], int('axis', 1))] }, // prettier-ignore
      constants: [longs('second', 2)]
    },
    said: /expected nothing of row [01], which is excluded/
  },
  'it answers worst first': {
    other: {
      nodes: {
        left: [node('Identity', ['all'], ['left'])],
        scores: [
          node('Neg', ['left'], ['negative']),
          node('TopK', ['negative', 'k'], ['worst', 'rows'], int('largest', 0)),
          node('Neg', ['worst'], ['better']),
          node('Abs', ['better'], ['scores'])
        ],
        all: [node('Neg', ['sum'], ['low']), node('Add', ['low', 'prior'], ['all'])]
      }
    },
    said: /expected the best first, found a score of 1 after 0/
  },
  'it repeats a row': {
    other: {
      nodes: { items: [node('Mul', ['rows', '0'], ['same']), node('Cast', ['same'], ['items'], int('to', DataType.INT32))] },
      constants: [longs('0', 0)]
    },
    said: /expected every row once in an answer, found row 0 twice/
  },
  'it does not heed k': {
    other: {
      nodes: { scores: [node('Min', ['k', 'three'], ['fewer']), node('TopK', ['left', 'fewer'], ['scores', 'rows'])] },
      constants: [longs('three', [3])]
    },
    said: /expected 8 rows, as "k" says, found 3/
  },
  'it offers rows before the first': {
    other: {
      nodes: { items: [node('Sub', ['rows', 'step'], ['before']), node('Cast', ['before'], ['items'], int('to', DataType.INT32))] },
      constants: [longs('step', 1)]
    },
    said: /expected finite scores for rows 0 to 9, found 0 for row -1 after a history of 10 movies/
  },
  'it offers rows behind the last': {
    other: {
      nodes: { items: [node('Add', ['rows', 'step'], ['behind']), node('Cast', ['behind'], ['items'], int('to', DataType.INT32))] },
      constants: [longs('step', 1)]
    },
    said: /expected finite scores for rows 0 to 9, found 9 for row 10 after a history of 10 movies/
  },
  'it leaves out what is in the last history of a run, for all of them': {
    other: {
      nodes: {
        left: [
          node('Gather', ['history', 'last'], ['lastHistory']),
          node('Shape', ['history'], ['watched']),
          node('Expand', ['lastHistory', 'watched'], ['hidden']),
          node('Expand', ['never', 'watched'], ['hiddenNevers']),
          node('ScatterElements', ['all', 'hidden', 'hiddenNevers'], ['others'], int('axis', 1)),
          node('Shape', ['exclude'], ['excluded']),
          node('Expand', ['never', 'excluded'], ['nevers']),
          node('ScatterElements', ['others', 'exclude', 'nevers'], ['left'], int('axis', 1))
        ]
      },
      constants: [longs('last', [-1])]
    },
    said: /expected the same answer alone and in company/
  },
  'it has no number for somebody new': {
    other: {
      nodes: {
        all: [
          node('ReduceSum', ['sum', 'axis'], ['total'], int('keepdims', 1)),
          node('Div', ['sum', 'total'], ['share']),
          node('Add', ['share', 'prior'], ['all'])
        ]
      },
      constants: [longs('axis', [1])]
    },
    said: /expected finite scores for rows 0 to 9, found NaN for row \d after a history of 0 movies/
  },
  'its answer changes with padding': {
    other: {},
    terms: { pad: 'left' },
    said: /expected the same answer however a history is padded; padded on the left to 48 in place of 16 it is another\. Mask what is "no item" \(10\), say "pad": "right" in the manifest \(`--pad right`/
  },
  'its answer changes with padding on the right': {
    other: { nodes: { places: [node('Shape', ['history'], ['shape'], int('start', 1)), node('Squeeze', ['shape'], ['l']), node('Range', ['l', '0', '-1'], ['numbers']), node('Cast', ['numbers'], ['places'], int('to', DataType.FLOAT))] }, constants: [longs('0', 0), longs('-1', -1)] }, // prettier-ignore
    said: /expected the same answer however a history is padded; padded on the right to 48 in place of 16 it is another\..* say "pad": "left" in the manifest \(`--pad left`/
  },
  'its answer changes with padding up to the longest history': {
    other: {},
    terms: { pad: 'left', maxHistory: 20 },
    said: /expected the same answer however a history is padded; padded on the left to 20 in place of 16/
  },
  'its answer changes with company': {
    other: {
      nodes: { all: [node('ReduceMean', ['sum', 'axis'], ['mean']), node('Mul', ['sum', 'mean'], ['product']), node('Add', ['product', 'prior'], ['all'])] }, // prettier-ignore
      constants: [longs('axis', [0])]
    },
    said: /expected the same answer alone and in company/
  },
  'it takes one history at a time': {
    other: {
      nodes: { sum: [node('MatMul', ['places', 'each'], ['many']), node('Reshape', ['many', 'one'], ['sum'])] },
      constants: [longs('one', [1, SIZE + 1])]
    },
    said: /expected to answer 3 histories in one run: /
  },
  'it takes no history as long as may come': {
    other: placesUpTo(6),
    said: /expected to take histories of 10 movies; it takes 6 at most: say "maxHistory": 6 in the manifest \(`--max-history 6` of `npm run pack`\), and the newest are kept/
  },
  'it takes no history as long as the manifest says': {
    other: placesUpTo(6),
    terms: { maxHistory: 7 },
    said: /expected to take histories of 7 movies; it takes 6 at most/
  },
  'it takes histories of one length, and the manifest does not say it': {
    other: lastOnly(3),
    said: /it takes histories of exactly 3: expected "maxHistory": 3 in the manifest, found none/
  },
  'it takes histories of another length than the manifest says': {
    other: lastOnly(3),
    terms: { maxHistory: 4 },
    said: /it takes histories of exactly 3: expected "maxHistory": 3 in the manifest, found 4/
  }
}

for (const [what, { other, terms, said }] of Object.entries(WRONG)) {
  t.test(`a graph is refused where ${what}`, async t => {
    await t.rejects(open(t, other, terms), { message: new RegExp(`^model\\.onnx: ${said.source}`) })
  })
}

/** Which of equal scores come first depends on the padding. */
const tiltsByWidth: Other = {
  nodes: {
    all: [
      node('Cast', ['l'], ['width'], int('to', DataType.FLOAT)),
      node('Sub', ['twenty', 'width'], ['side']),
      node('Mul', ['ramp', 'side'], ['tilt']),
      node('Add', ['sum', 'tilt'], ['tilted']),
      node('Add', ['tilted', 'prior'], ['all'])
    ]
  },
  constants: [floats('twenty', 20), floats('ramp', Array.from({ length: SIZE + 1 }, (_, row) => row * 1e-9))] // prettier-ignore
}

/** A row that it does not know means "no item". */
const takesAnyRow: Other = {
  nodes: { each: [node('Min', ['history', 'noItem'], ['known']), node('Gather', ['next', 'known'], ['each'])] },
  constants: [longs('noItem', SIZE)]
}

t.test('a graph is served without a word where it takes as much as the manifest says, and pads as it says', async t => {
  for (const [other, terms] of [
    [{}, {}],
    [placesUpTo(6), { maxHistory: 6 }],
    [lastOnly(3), { maxHistory: 3, pad: 'left' }],
    [leavesOutHistory, {}],
    [tiltsByWidth, {}],
    [takesAnyRow, {}]
  ] as [Other, Partial<GraphTerms>][])
    t.same((await open(t, other, terms)).warnings, [])
})

t.test('a warning says where order is not what the manifest says, from either thread', async t => {
  const count = [node('ConstantOfShape', ['shape'], ['places'])]
  const alike: Other = {
    nodes: { places: [node('Shape', ['history'], ['shape'], int('start', 1)), ...count, node('Add', ['places', 'one'], ['ones'])], sum: [node('MatMul', ['ones', 'each'], ['sum'])] }, // prettier-ignore
    constants: [floats('one', 1)]
  }
  for (const opener of [openScorer, openScorerThread]) {
    t.match((await open(t, alike, { order: true }, opener)).warnings, [/"order": true, and no order of a history changes the answer/])
    t.match((await open(t, {}, { order: false }, opener)).warnings, [/the order of a history changes the answer, and the manifest says/])
    t.same((await open(t, alike, { order: false }, opener)).warnings, [])
  }
})

t.test('a warning says that a graph does not see which movies a history has', async t => {
  const deaf: Other = { nodes: { all: [node('Mul', ['sum', 'zero'], ['none']), node('Add', ['none', 'prior'], ['all'])] }, constants: [floats('zero', 0)] } // prettier-ignore
  t.match((await open(t, deaf, { order: false })).warnings, [
    /another history of the same length has the same answer: .* padded on the right/
  ])
})

/** Opens a graph whose scores are sums of products of these numbers, on top of a popularity that all of the movies have. */
async function openSums(t: Test, numbers: number[], popularity = 0, terms: Partial<GraphTerms> = {}): Promise<Scorer> {
  const dir = join(t.testdir(), 'sums')
  await mkdir(dir, { recursive: true })
  const items = numbers.length
  const factors = Float32Array.from(numbers)
  await writeGraph(dir, { items, dimensions: 1, factors, popularity: new Float32Array(items).fill(popularity), fade: 0 })
  const scorer = await openScorer(dir, { items, order: false, ...terms }, 1, () => {})
  t.teardown(() => scorer.close())
  return scorer
}

t.test('a catalogue may be as small as one movie, whose order is not asked for', async t => {
  for (let items = 1; items < 6; items++) t.same((await openSums(t, Array<number>(items).fill(1))).warnings, [], `${items} items`)
  t.same((await openSums(t, [1], 0, { order: true })).warnings, [])
})

t.test('from six movies on, a warning says that all histories of a length have the same answer', async t => {
  t.match((await openSums(t, [1, 1, 1, 1, 1, 1])).warnings, [/another history of the same length has the same answer/])
})

t.test('a graph that tells histories apart is served without a word, however small or great its scores', async t => {
  for (const [size, popularity] of [
    [1, 0],
    [0.01, 0],
    [0.4, 100]
  ])
    t.same((await openSums(t, [size, size, size, -size, -size, -size], popularity)).warnings, [], `${popularity} ± ${3 * size ** 2}`)
})

t.test('a graph that has only short lists is refused', async t => {
  const dir = join(t.testdir(), 'short')
  await mkdir(dir)
  const items = 140
  await writeGraph(dir, { items, dimensions: 1, factors: new Float32Array(items), popularity: new Float32Array(items), fade: 0 })
  const model = fromBinary(ModelProtoSchema, await readFile(join(dir, 'model.onnx')))
  const graph = model.graph as GraphProto
  const at = graph.node.findIndex(({ opType }) => opType === 'TopK')
  graph.node[at].input[1] = 'fewer'
  graph.node.splice(at, 0, create(NodeProtoSchema, node('Min', ['k', 'most'], ['fewer'])))
  graph.initializer.push(create(TensorProtoSchema, longs('most', [128])))
  await writeFile(join(dir, 'model.onnx'), toBinary(ModelProtoSchema, model))
  await t.rejects(
    openScorer(dir, { items, order: false, maxHistory: 3 }, 1, () => {}),
    { message: 'model.onnx: expected 129 rows, as "k" says, found 128' }
  )
})

t.test('a query that the graph cannot answer fails alone, and not those that are scored with it', async t => {
  for (const opener of [openScorer, openScorerThread]) {
    const scorer = await open(t, failsAt(7), {}, opener)
    const queries = [query([4], [4], 3), query([1], [1], 7), query([6], [6], 2)]
    const rankings = await scorer.score(flatten(queries))
    t.same([...rankingOf(rankings, 0).rows].slice(0, 1), [5])
    t.same([...rankingOf(rankings, 2).rows].slice(0, 1), [7])
    t.throws(() => rankingOf(rankings, 1), { message: /indices element out of data bounds/ })
  }
})
