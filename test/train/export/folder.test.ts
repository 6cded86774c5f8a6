import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Factors } from '../../../models/train/export/factors.js'
import { type About, type Made, refusePlace, removeLeftovers, writeGraph, writeModel } from '../../../models/train/export/folder.js'
import { graph } from '../../../models/train/export/graph.js'
import { inOrder } from '../../../models/train/export/layout.js'
import { likesOf } from '../../../models/train/data/likes.js'
import type { Movie } from '../../../models/train/data/movies.js'
import { decodeHistories } from '../../../src/recommender/model/histories.js'

/** Three movies and two users; ann has watched 30, then 10, then 20. The rows lie as 30, 10, 20. */
const ratings = {
  userIds: ['ann', 'bob'],
  movieIds: ['10', '20', '30'],
  user: Int32Array.of(0, 0, 0, 1),
  item: Int32Array.of(0, 1, 2, 2),
  rating: Float32Array.of(4, 3.5, 5, 1),
  timestamp: Float64Array.of(200, 300, 100, 50)
}
const factors: Factors = {
  items: 3,
  dimensions: 1,
  factors: Float32Array.of(1, 2, 3),
  popularity: Float32Array.of(1, 0, 1),
  fade: 1
}
const layout = { rowOrder: Int32Array.of(2, 0, 1), blockEnds: { short: [1, 3], long: [3] } }
const weights = [1, 3.5, 4, 5].map(value => ({ value, weight: value - 3 }))
const made: Made = { factors, ratings, weights, like: 4, likes: likesOf(ratings, 4), layout, histories: true }
const about: About = {
  created: '2026-01-01',
  command: 'npm test',
  data: { file: 'ratings.csv', sha256: '', licence: 'none', ratings: 4, likes: 2, users: 2 },
  hyperparameters: { seed: 1 }
}
const accepted = async () => {}
const json = async (dir: string, name: string) => JSON.parse(await readFile(join(dir, name), 'utf8'))

t.test('a folder is the graph in its layout, the items, the histories, and a manifest that vouches for them', async t => {
  const out = join(t.testdir(), 'board/2')
  await writeModel(out, made, about, accepted)
  const names = ['histories.bin', 'items.json', 'manifest.json', 'model.onnx', 'score.onnx', 'weights.bin']
  t.same((await readdir(out)).sort(), names)

  for (const [name, bytes] of Object.entries(graph(inOrder(factors, layout.rowOrder), layout.blockEnds)))
    t.ok((await readFile(join(out, name))).equals(bytes), name)
  t.same(await json(out, 'items.json'), { ids: ['30', '10', '20'], likes: [1, 1, 0] })
  t.same(decodeHistories(await readFile(join(out, 'histories.bin')), { users: 2, pairs: 4, items: 3, ratings: 4 }), {
    userIds: ['ann', 'bob'],
    offsets: Int32Array.of(0, 3, 4),
    rows: Int32Array.of(0, 1, 2, 0),
    ratings: Uint8Array.of(3, 2, 1, 0)
  })

  const { files, ...manifest } = await json(out, 'manifest.json')
  t.same(manifest, {
    format: 2,
    name: 'board',
    version: '2',
    items: 3,
    order: false,
    linear: true,
    ratings: weights,
    liked: 4,
    histories: { users: 2, pairs: 4 },
    ...about
  })
  t.same(Object.keys(files).sort(), names.toSpliced(2, 1))
  for (const name of Object.keys(files)) {
    t.equal(files[name], createHash('sha256').update(await readFile(join(out, name))).digest('hex'), name) // prettier-ignore
  }
  t.match(await readFile(join(out, 'manifest.json'), 'utf8'), /^{\n {2}"format".*\n}\n$/s, 'for people to read')
})

t.test('movies give titles, years and genres; one that they do not have gets none', async t => {
  const out = join(t.testdir(), 'board/1')
  const movies = new Map<string, Movie>([
    ['10', { title: 'Ten (1979)', genres: ['War'] }],
    ['20', { title: '2010 (of 2011)' }]
  ])
  await writeModel(out, { ...made, movies, histories: false }, about, accepted)
  const { titles, years, genres } = await json(out, 'items.json')
  t.same({ titles, years, genres }, { titles: ['', 'Ten (1979)', '2010 (of 2011)'], years: [0, 1979, 0], genres: [[], ['War'], []] })
  t.notOk((await readdir(out)).includes('histories.bin'))
  t.equal((await json(out, 'manifest.json')).histories, undefined)
})

t.test('the year of a title stands at its end, in parentheses', async t => {
  const out = join(t.testdir(), 'board/1')
  const titles = { 10: 'Ten (1979) ', 20: 'Twenty (1980) again', 30: 'Thirty (1981)x' }
  await writeModel(out, { ...made, movies: new Map(Object.entries(titles).map(([id, title]) => [id, { title }])) }, about, accepted)
  t.same((await json(out, 'items.json')).years, [0, 1979, 0])
})

t.test('ids of IMDb and TMDb, and a place on the map, are written in the order of the rows; null where there is no id', async t => {
  const dir = t.testdir()
  const out = join(dir, 'board/1')
  const movies = new Map<string, Movie>([
    ['10', { imdb: 'tt0000010' }],
    ['20', { tmdb: '2020' }]
  ])
  await writeModel(out, { ...made, movies, map: { x: [0.1, 0.2, 0.3], y: [0, 0.5, 1] } }, about, accepted)
  t.match(await json(out, 'items.json'), {
    ids: ['30', '10', '20'],
    imdb: [null, 'tt0000010', null],
    tmdb: [null, null, '2020'],
    map: { x: [0.3, 0.1, 0.2], y: [1, 0, 0.5] }
  })

  const without = join(dir, 'board/2')
  await writeModel(without, { ...made, movies: new Map([['10', { title: 'Ten' }]]) }, about, accepted)
  t.same(Object.keys(await json(without, 'items.json')).sort(), ['genres', 'ids', 'likes', 'titles', 'years'], 'no empty columns')
})

t.test('a rating without a weight is refused, for nobody would know what it counts', async t => {
  const out = join(t.testdir(), 'board/1')
  await t.rejects(writeModel(out, { ...made, weights: weights.filter(({ value }) => value !== 3.5) }, about, accepted), {
    message: 'expected a weight for every rating; there is none for 3.5'
  })
})

t.test('a file that cannot be written is named', async t => {
  const dir = join(t.testdir(), 'nowhere')
  await t.rejects(writeGraph(dir, factors), { message: new RegExp(`^${dir}/\\S+: ENOENT`), cause: { code: 'ENOENT' } })
})

t.test('what killed trainings left is removed, and nothing else: not what is being made, nor other folders', async t => {
  const dir = join(t.testdir(), 'board')
  const nobody = 2 ** 22 + 1 // above the greatest number that Linux gives a process
  const folders = [`1.${nobody}.part`, `1.${process.pid}.part`, `1.${process.ppid}.part`, `2.${nobody}.part`, '1.x.part', '1']
  for (const name of folders) await mkdir(join(dir, name, 'inner'), { recursive: true })
  const sentences = await removeLeftovers(join(dir, '1'))
  const part = (pid: number): string => join(dir, `1.${pid}.part`)
  t.same(
    sentences.sort(),
    [
      `left alone: ${part(process.ppid)}, since process ${process.ppid} still runs`,
      `removed: ${part(nobody)}, left by a training that was killed`,
      // A container gives its processes the same numbers each time.
      `removed: ${part(process.pid)}, left by a training that was killed`
    ].sort()
  )
  t.same((await readdir(dir)).sort(), ['1', '1.x.part', `1.${process.ppid}.part`, `2.${nobody}.part`].sort())
  t.same(await removeLeftovers(join(t.testdirName, 'no such folder', '1')), [])
})

t.test('a folder appears whole or not at all: it has another name until it is accepted', async t => {
  const root = t.testdir()
  await mkdir(join(root, 'models'))
  await t.rejects(
    writeModel(join(root, 'models/board/1'), made, about, async dir => {
      t.equal((await readdir(dir)).length, 6, 'all is written')
      t.same(await readdir(join(root, 'models/board')), [`1.${process.pid}.part`])
      throw new Error('no good')
    }),
    { message: 'no good' }
  )
  t.same(await readdir(join(root, 'models')), [], 'nothing is left, and what was there before is')

  await writeModel(join(root, 'models/board/1'), made, about, accepted)
  await t.rejects(writeModel(join(root, 'models/board/2'), made, about, () => Promise.reject(new Error('no good'))))
  t.same(await readdir(join(root, 'models/board')), ['1'])
})

t.test('a version is never edited, and a place must be a NAME and a VERSION', async t => {
  const out = join(t.testdir(), 'board/1')
  await writeModel(out, made, about, accepted)
  const before = await readFile(join(out, 'manifest.json'))
  await t.rejects(writeModel(out, made, { ...about, created: '2026-02-02' }, accepted), {
    message: `${out}: there is a model already, and a version is never edited: choose the next number`
  })
  t.same(await readFile(join(out, 'manifest.json')), before)

  for (const [place, found] of [
    ['no name/1', 'no name'],
    ['board/no version', 'no version']
  ])
    // prettier-ignore
    t.throws(() => refusePlace(join(t.testdir(), place)), { message: new RegExp(`: expected …/NAME/VERSION, .*; found "${found}"$`) })
  t.doesNotThrow(() => refusePlace(join(t.testdir(), 'board/1')))
})

t.test('the graph alone can be written, for a model that is only to be measured', async t => {
  const dir = t.testdir()
  await writeGraph(dir, factors)
  for (const [name, bytes] of Object.entries(graph(factors))) t.ok((await readFile(join(dir, name))).equals(bytes), name)
})
