import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../src/recommender/scoring/scorer-thread.js'
import { likeness, SIZE, trainCheckerboard } from '../fixtures/checkerboard.js'
import { editManifest } from '../fixtures/model-folder.js'
import { openRecommender } from '../fixtures/recommender.js'

t.test('a folder may have a matrix of its own for what is alike, and people keep theirs', async t => {
  const layout = { rowOrder: Int32Array.of(9, 0, 8, 1, 7, 2, 6, 3, 5, 4), blockEnds: { short: [3, 6, 10], long: [10] } }
  const dir = await trainCheckerboard(t.testdir(), { likeness, layout })
  for (const open of [openScorer, openScorerThread]) {
    const sizes: number[] = []
    const observer = { batchScored: (size: number) => sizes.push(size), rowsScanned() {}, recommended() {}, refused() {} }
    const recommender = await openRecommender(t, dir, { open, observer })
    // in one turn, so that both graphs share a batch
    const [alike, person, fewer] = await Promise.all([
      recommender.recommend({ history: ['1'], by: 'likeness', n: 3 }),
      recommender.recommend({ userId: '4', n: 2 }),
      recommender.recommend({ history: ['9'], by: 'likeness', exclude: ['10'], only: ['7', '8', '10'], n: 3 })
    ])
    t.same([alike.movieIds, person.movieIds, fewer.movieIds], [['2', '3', '4'], ['4', '5'], ['8', '7']]) // prettier-ignore
    const alone = await recommender.recommend({ userId: '4', history: ['1'], mode: 'replace', by: 'likeness', n: 3 })
    t.same(alone.movieIds, ['2', '3', '4'])
    t.same(sizes, [2, 1, 1], 'no graph runs for nothing')
    const varied = await recommender.recommend({ history: ['2'], only: ['6', '8', '4', '10'], variety: 1, n: 2 })
    t.ok(Math.abs(Number(varied.movieIds[0]) - Number(varied.movieIds[1])) >= 4, `variety goes by likeness, too: ${varied.movieIds}`)
  }
})

t.test('without one, alike is what the same people like', async t => {
  const recommender = await openRecommender(t, await trainCheckerboard(t.testdir()))
  const [alike, liked] = await Promise.all((['likeness', 'taste'] as const).map(by => recommender.recommend({ history: ['3'], by, n: 9 })))
  t.same(alike.items(), liked.items())
})

t.test('a graph that is there must be the one that the manifest vouches for, and fit', async t => {
  const dir = await trainCheckerboard(t.testdir(), { likeness })
  await editManifest(dir, manifest => delete manifest.files['similar.onnx'])
  await t.rejects(loadModel(dir, openScorer), { message: /files\.similar\.onnx: missing; expected its SHA-256, or no such file/ })
  await writeFile(join(dir, 'similar.onnx'), 'no graph')
  await t.rejects(
    openScorer(dir, { items: SIZE, order: false }, 1, () => {}),
    { message: /^similar\.onnx: ONNX Runtime cannot open it/ }
  )
})
