import { existsSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkerboardCsv, SIZE } from '../../fixtures/checkerboard.js'
import { readIds } from '../../../models/train/pack/ids.js'
import { packModel, type PackOptions } from '../../../models/train/pack/pack-model.js'
import { startNode } from '../../fixtures/child.js'
import { nextMovie, placesUpTo, writeNextMovie } from '../../fixtures/next-movie.js'
import { openRecommender } from '../../fixtures/recommender.js'

/** What numpy, scipy and others write of ten items that are even or odd, made by make.py beside them. */
const FILES = 'test/train/pack/files'

interface Place {
  dir: string
  out: string
  ratings: string
  items: string
}

async function place(t: Test): Promise<Place> {
  const dir = t.testdir()
  const found = { dir, out: join(dir, 'board/1'), ratings: join(dir, 'ratings.csv'), items: join(dir, 'items.txt') }
  await writeFile(found.ratings, checkerboardCsv())
  await writeFile(found.items, Array.from({ length: SIZE }, (_, i) => `${i + 1}\n`).join(''))
  return found
}

/** Packs in this process, and gives what was said. */
async function pack(options: Partial<PackOptions> & { out: string }): Promise<string> {
  const said: string[] = []
  const unset = { order: false, linear: false, foldIn: 'als', threads: 1, licence: 'none', date: '2026-01-01' } as const
  await packModel({ ...unset, ...options }, line => said.push(line))
  return `${said.join('\n')}\n`
}

/** Whoever loves what is even is offered the even movie that they have not seen, and then the odd one. */
async function isRight(t: Test, dir: string): Promise<void> {
  const recommender = await openRecommender(t, dir)
  for (const [userId, own, next] of [
    ['3', '3', '4'],
    ['4', '4', '5'],
    ['7', '7', '8']
  ])
    // prettier-ignore
    t.same((await recommender.recommend({ userId, n: 10 })).movieIds, [own, next], userId)
  const fresh = await recommender.recommend({ history: ['1'], n: 4 })
  t.same([...fresh.movieIds].sort(), ['3', '5', '7', '9'])
}

const file = (name: string): string => join(FILES, name)

for (const [what, options] of Object.entries<Partial<PackOptions>>({
  'item factors of numpy': { factors: file('factors.npy') },
  'item factors of numpy in the order of Fortran, in doubles': { factors: file('fortran.npy') },
  'item factors in a packed archive': { factors: file('packed.npz') },
  "implicit's saved model": { factors: file('implicit.npz') },
  'factors that are just added up': { factors: file('factors.npy'), foldIn: 'sum' },
  'a matrix of numpy': { matrix: file('matrix.npy') },
  'a sparse matrix by rows': { matrix: file('csr.npz') }
})) {
  t.test(`pack makes a folder that is right of ${what}`, async t => {
    const { out, ratings, items } = await place(t)
    const said = await pack({ ...options, items, ratings: [ratings], out })
    t.match(said, 'ratings.csv: 89 of 89 ratings are of items of the model, 10 of 10 items have some')
    t.match(said, /user 1 \(history\): 1, 2\n/)
    t.match(said, 'no --movies: answers have ids and no titles')
    await isRight(t, out)
  })
}

t.test("pack takes what the numbers were learnt with from implicit's file, and from the options before that", async t => {
  const { out, ratings, items } = await place(t)
  const options = { factors: file('implicit.npz'), items, ratings: [ratings] }
  await pack({ ...options, out })
  const { model } = await openRecommender(t, out)
  t.same(model.manifest.hyperparameters, { dimensions: 2, alpha0: 1, alpha: 3, lambda: 0.5, foldInLikes: 4 })
  await pack({ ...options, lambda: 7, alpha: 1, out: `${out}1` })
  t.match((await openRecommender(t, `${out}1`)).model.manifest.hyperparameters, { alpha: 1, lambda: 7 })
})

t.test("pack reads factors with ids of their own: a folder of Spark's, Parquet, and a table", async t => {
  const { dir, out, ratings } = await place(t)
  const spark = join(dir, 'als/itemFactors')
  await mkdir(spark, { recursive: true })
  await copyFile(file('factors.parquet'), join(spark, 'part-00000.snappy.parquet'))
  await writeFile(join(spark, '_SUCCESS'), '')
  const table = join(dir, 'factors.csv')
  const lines = Array.from({ length: SIZE }, (_, i) => `${SIZE - i},${(SIZE - i) % 2},${(SIZE - i + 1) % 2}`)
  await writeFile(table, `id,a,b\n${lines.join('\n')}\n`)
  for (const [version, factors] of [join(dir, 'als'), spark, file('factors.parquet'), table].entries()) {
    await pack({ factors, ratings: [ratings], out: `${out}${version}` })
    await isRight(t, `${out}${version}`)
  }
  const letters = join(dir, 'letters.json')
  await writeFile(letters, JSON.stringify([...'abcdefghijk']))
  await pack({ factors: spark, items: letters, out: join(dir, 'letters/1') })
  const { model } = await openRecommender(t, join(dir, 'letters/1'))
  t.same(model.items.movieIds, [...'bcdefghijk'], 'with a list of items, the ids are places in it')
})

t.test('ids come one a line, with a name above or without, or in the column of a table', async t => {
  const dir = t.testdir({
    'plain.txt': '0010\ntt2\n',
    'named.csv': 'movieId\r\n0010\r\ntt2\r\n',
    'table.csv': 'title,movieId\nTen,0010\nTwo,tt2\n',
    'floats.txt': '10.0\n2.0\n'
  })
  for (const name of ['plain.txt', 'named.csv', 'table.csv']) t.same(await readIds(join(dir, name)), ['0010', 'tt2'], name)
  t.same(await readIds(join(dir, 'floats.txt')), ['10', '2'], 'whole numbers that pandas kept as decimal ones')
})

t.test('a sparse matrix is read the right way round, whichever way it was written, and what is sparse stays so', async t => {
  const { dir, items } = await place(t)
  const answers = async (name: string, history: string[]) => {
    const out = join(dir, name, '1')
    await pack({ matrix: file(name), items, out })
    const found = (await (await openRecommender(t, out)).recommend({ history, n: 10 })).items()
    return found.flatMap(({ movieId, score }) => (score > 0.5 ? [movieId] : []))
  }
  t.same(await answers('csc.npz', ['5']), ['7', '9'], 'movie 5 adds to those behind it')
  t.same(await answers('few.npz', ['5', '9', '10']), ['1', '2', '7'], 'one column a row')
})

t.test('pack takes a graph with its weights, says what it tells, and asks for what is missing', async t => {
  const { dir, out, ratings, items } = await place(t)
  await writeNextMovie(dir)
  const graph = join(dir, 'model.onnx')
  const said = await pack({ graph, items, order: true, out })
  t.match(said, /no --ratings: everybody is unknown until a history comes with the request\n/)
  t.match((await openRecommender(t, out)).model.manifest, { order: true, linear: false, items: 10, histories: undefined })
  t.match(
    await pack({ graph, items, ratings: [ratings], out: join(dir, 'board/2') }),
    /warning: model\.onnx: the order of a history changes the answer, and the manifest says "order": false/
  )
})

t.test('pack fills in how long a history may be where the graph takes one length, and asks for it where it does not say', async t => {
  const { dir, out, items } = await place(t)
  await writeNextMovie(dir, { width: 4 })
  const options = { graph: join(dir, 'model.onnx'), items, order: true }
  await pack({ ...options, out })
  t.equal((await openRecommender(t, out)).model.manifest.maxHistory, 4)
  await writeNextMovie(dir, placesUpTo(6))
  await t.rejects(pack({ ...options, out: join(dir, 'board/2') }), { message: /it takes 6 at most: say "maxHistory": 6 in the manifest/ })
  await t.rejects(pack({ ...options, out: join(dir, 'board/2') }), { message: /^Nothing is written, .* See docs\/model\.md\.$/ })
  t.notOk(existsSync(join(dir, 'board/2')), 'nothing is left behind')
  await pack({ ...options, maxHistory: 6, out: join(dir, 'board/2') })
})

t.test('what cannot be packed is refused in a sentence, and nothing is left behind', async t => {
  const { dir, out, ratings, items } = await place(t)
  const written = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }
  const others = Array.from({ length: SIZE }, (_, i) => `x${i}\n`).join('')
  const graph = await written('lonely.onnx', nextMovie()['model.onnx'])
  const factors = file('factors.npy')
  for (const [options, message] of [
    [{}, /expected one of --graph, --factors and --matrix, found 0: docs\/model\.md says which is which/],
    [{ factors, matrix: file('csr.npz') }, /expected one of .*, found 2/],
    [{ factors }, /factors\.npy does not say which items its 10 rows are: expected --items/],
    [
      { factors, items: await written('nine.txt', '1\n2\n3\n4\n5\n6\n7\n8\n9\n') },
      /expected 9 rows, as many as there are ids in --items, found 10/
    ],
    [{ factors, items: await written('twice.txt', 'a\nb\na\n') }, /twice\.txt: rows 0 and 2 have the same id a/],
    [{ factors, items: await written('comma.json', '["a,b"]') }, /comma\.json: row 0: expected an id, .* found "a,b"/],
    [
      { factors, items: await written('others.txt', others), ratings: [ratings] },
      /expected ratings of items of the model, such as x0, x1, x2; found only others, such as 1, 2, 3/
    ],
    [{ factors: file('pickled.npy'), items }, /pickled\.npy: expected an array of numbers as numpy saves it: Unsupported dtype/],
    [{ factors: file('nan.npy'), items }, /nan\.npy: expected finite numbers, found NaN in row 0/],
    [{ factors: file('other.npz'), items }, /other\.npz: expected an array item_factors, found a, b/],
    [{ factors: file('ids.npy'), items }, /ids\.npy: expected an array of items × numbers, found one of 10/],
    [
      { factors: await written('ragged.csv', 'id,features\n1,"[1,2]"\n2,"[1]"\n') },
      /ragged\.csv: expected an id and as many numbers in every row, found 2 rows of 1 to 2 numbers/
    ],
    [{ factors: await written('none.csv', 'id\n1\n') }, /none\.csv: expected an id and numbers, found one column/],
    [{ factors: join(dir, 'nowhere.npy') }, /nowhere\.npy: there is no such file/],
    [{ matrix: file('oblong.npy'), items }, /oblong\.npy: expected a matrix of items × items, found 10 × 3/],
    [{ matrix: file('coo.npz'), items }, /coo\.npz: expected a sparse matrix with data, indices and indptr/],
    [{ matrix: items, items }, /items\.txt: expected an item-item matrix, \.npy or \.npz/],
    [{ graph }, /expected --items, a file with the ids of the items in the order of the rows of the graph/],
    [{ graph: await written('text.onnx', 'no graph'), items }, /text\.onnx: expected an ONNX graph/],
    [{ graph, items }, /its weights, weights\.bin, have to be beside it/]
  ] as [Partial<PackOptions>, RegExp][]) {
    await t.rejects(pack({ ...options, out }), { message })
    t.notOk(existsSync(join(dir, 'board')), `${message}`)
  }
})

t.test('the command takes ids as numpy saves them, and titles, and writes down how the folder was made', async t => {
  const { dir, out } = await place(t)
  const movies = join(dir, 'movies.csv')
  await writeFile(movies, 'movieId,title,genres\n1,One (1991),Odd\n2,Two (1992),Even\n')
  const args = ['--factors', file('factors.npy'), '--items', file('ids.npy'), '--movies', movies, '--date', '2026-01-01', '--out', out]
  const ended = await startNode(t, ['build/models/train/pack.js', ...args]).ended
  t.match(ended, { code: 0, out: /movies\.csv: titles for 2 of 10 movies\nwarning: more than half of the movies have no title/ })
  const { model } = await openRecommender(t, out)
  t.match(model.items, { movieIds: ['1', '2'], titles: ['One', 'Two', ''], years: [1991, 1992, 0] })
  t.equal(
    model.manifest.command,
    'npm run pack -- --factors factors.npy --items ids.npy --fold-in als --out models/board/1 --movies movies.csv --licence "not stated" --date 2026-01-01'
  )
  t.match(await startNode(t, ['build/models/train/pack.js', '--out', out]).ended, { code: 1, err: /there is a model already/ })
})
