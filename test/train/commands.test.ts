import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { Recommender } from '../../src/recommender/recommender.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import { checkerboardCsv, SIZE } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'
import { LIMITS } from '../fixtures/recommender.js'

const small = [
  '--model',
  'ials',
  '--dimensions',
  '2',
  '--ials-dimensions',
  '2',
  '--rounds',
  '4',
  '--threads',
  '1',
  '--date',
  '2026-01-01',
  '--no-check'
]
const settings = small.slice(0, 10)

async function folder(t: Test, ratings = checkerboardCsv()): Promise<{ dir: string; ratings: string; out: string }> {
  const dir = t.testdir()
  await writeFile(join(dir, 'ratings.csv'), ratings)
  return { dir, ratings: join(dir, 'ratings.csv'), out: join(dir, 'board/1') }
}

const train = (t: Test, ...args: string[]) => startNode(t, ['build/models/train/train.js', ...args]).ended
const evaluate = (t: Test, ...args: string[]) => startNode(t, ['build/models/train/evaluate.js', ...args]).ended

t.test('train writes a folder that the service opens, and shows what it answers', async t => {
  const { dir, ratings, out } = await folder(t)
  const movies = join(dir, 'movies.csv')
  const lines = Array.from({ length: SIZE }, (_, i) => `${i + 1},"Movie, the ${i + 1}th",Odd|Nice`)
  await writeFile(movies, `movieId,title,genres\n${lines.join('\n')}\n`)

  const { code, out: said, err } = await train(t, '--ratings', ratings, '--movies', movies, '--out', out, ...small)
  t.equal(code, 0, err)
  t.match(said, 'ratings.csv: 89 ratings of 10 movies by 11 users, 40 likes')
  t.match(said, 'user 3 (history): Movie, the 3th (3), Movie, the 4th (4)\n')
  t.match(said, 'user somebody-new (popular): ')
  t.match(err, /training 8\/8 loss \d+\.\d\n/, 'a plain line for each half round where there is no terminal')

  const model = await loadModel(out, openScorer)
  t.match(model.manifest, {
    name: 'board',
    version: '1',
    created: '2026-01-01',
    items: 10,
    hyperparameters: { dimensions: 2, alpha0: 0.1, nu: 1, seed: 1 }
  })
  t.match(
    model.manifest.command,
    /^npm run train -- --ratings ratings\.csv --out models\/board\/1 --model ials --like 4 --dimensions 2 --weights 1\.5,/
  )
  t.equal(model.items.titles?.[6], 'Movie, the 7th')
  const recommender = new Recommender(model, LIMITS)
  t.match(await recommender.recommend({ userId: '4', n: 10 }), { movieIds: [4, 5] })
  await recommender.close()
})

t.test('train lays movies out on a map, or leaves that out', async t => {
  const { dir, ratings, out } = await folder(t)
  const plain = join(dir, 'plain/board/1')
  await Promise.all([
    train(t, '--ratings', ratings, '--out', out, ...small),
    train(t, '--ratings', ratings, '--out', plain, ...small, '--no-map')
  ])
  const columnsOf = async (model: string) => JSON.parse(await readFile(join(model, 'items.json'), 'utf8')) as { map?: { x: number[] } }
  t.equal((await columnsOf(out)).map?.x.length, SIZE)
  t.notHas(await columnsOf(plain), { map: {} })
  t.match(JSON.parse(await readFile(join(plain, 'manifest.json'), 'utf8')), { command: / --no-map / })
})

t.test('the same seed gives the same bytes with any number of threads, another seed gives others', async t => {
  const { dir, ratings, out } = await folder(t)
  const others = { threads: join(dir, 'again/board/1'), seed: join(dir, 'other/board/1') }
  await Promise.all([
    train(t, '--ratings', ratings, '--out', out, ...small),
    train(t, '--ratings', ratings, '--out', others.threads, ...small, '--threads', '3'),
    train(t, '--ratings', ratings, '--out', others.seed, ...small, '--seed', '2')
  ])
  for (const file of await readdir(out)) t.same(await readFile(join(others.threads, file)), await readFile(join(out, file)), file)
  t.notSame(await readFile(join(others.seed, 'weights.bin')), await readFile(join(out, 'weights.bin')))
})

t.test('a bad line stops train with file and line, and leaves nothing behind', async t => {
  const { dir, ratings, out } = await folder(t, `${checkerboardCsv()}1,2,many,3\n`)
  const { code, err } = await train(t, '--ratings', ratings, '--out', out, ...small)
  t.match(
    { code, err },
    {
      code: 1,
      err: 'ratings.csv:91: rating: expected a number such as 4.5, found "many"\n1 bad line: mend it, or leave it out with --skip-bad-lines'
    }
  )
  t.notMatch(err, /\n\s+at /)
  t.same(await readdir(dir), ['ratings.csv'])
})

t.test('train refuses what it cannot do, before it works', async t => {
  const { dir, ratings, out } = await folder(t)
  const cases: [args: string[], said: string | RegExp][] = [
    [['--ratings', ratings, '--out', dir], 'there is a model already, and a version is never edited'],
    [['--ratings', join(dir, 'nope.csv'), '--out', out], 'nope.csv: there is no such file'],
    [['--ratings', ratings, '--out', out, '--like', '6'], 'expected at least one rating of 6 or more, found none: see --like'],
    [
      ['--ratings', ratings, '--out', out, '--dimensions', 'many'],
      /'--dimensions <d>' argument 'many' is invalid\. Expected a number from 1 to 1024/
    ],
    [['--ratings', ratings, '--out', out, '--rounds', '0'], 'Expected a number from 1 to 1000'],
    [['--ratings', ratings, '--out', out, '--depth', '3'], "unknown option '--depth'"],
    [['--ratings', ratings, '--out', out, '--date', 'today'], 'Expected a date, YYYY-MM-DD.'],
    [['--ratings', ratings, '--out', out, '--link', 'nowhere'], 'Expected an http(s) address with {movieId} in it.'],
    [['--ratings', ratings, '--out', out, '--quality', join(dir, 'nope.json')], 'no such file'],
    [
      ['--ratings', ratings, '--out', join(dir, 'my model/1')],
      'expected …/NAME/VERSION, each 1 to 100 letters, digits or any of . _ -; found "my model"'
    ],
    [['--out', out], "required option '--ratings <file>' not specified"]
  ]
  await Promise.all(
    cases.map(async ([args, said]) => {
      const { code, err } = await train(t, ...args)
      t.match({ code, err }, { code: 1, err: said }, args.slice(4).join(' '))
    })
  )
  t.notOk(existsSync(join(dir, 'board')))
})

t.test('train reads several files, patterns and standard input, and says what it understood', async t => {
  const { dir, out } = await folder(t)
  const [header, ...lines] = checkerboardCsv().trim().split('\n')
  for (const [part, rows] of [lines.slice(0, 40), lines.slice(40)].entries())
    await writeFile(join(dir, `part-${part}.csv`), `${header.replace('movieId', 'film_id')}\n${rows.join('\n')}\n`)
  const movies = join(dir, 'movies.csv')
  await writeFile(movies, 'item,title,year\n1,First,1999\n77,Other,2000\n')
  const { code, out: said, err } = await train(t, '--ratings', join(dir, 'part-*.csv'), '--movies', movies, '--out', out, ...small)
  t.equal(code, 0, err)
  t.match(said, 'part-1.csv: comma-separated, header: user = userId, item = film_id, rating = rating, time = timestamp')
  t.match(said, 'part-*.csv: 89 ratings of 10 movies by 11 users, 40 likes')
  t.match(said, 'ratings from 1 to 5, 2 different: 4 or more is a like, 45 % of all')
  t.match(said, 'titles for 1 of 10 movies\nwarning: more than half of the movies have no title')

  const piped = startNode(t, ['build/models/train/train.js', '--ratings', '-', '--out', join(dir, 'piped/1'), ...small])
  piped.process.stdin?.end(checkerboardCsv())
  t.match(await piped.ended, { code: 0 })
  const { data } = JSON.parse(await readFile(join(dir, 'piped/1/manifest.json'), 'utf8')) as { data: object }
  t.match(data, { file: '-', sha256: createHash('sha256').update(checkerboardCsv()).digest('hex') })
})

t.test('evaluate says why nobody can be judged: too few ratings, or no likes', async t => {
  const few = await folder(t, 'userId,movieId,rating\n1,1,5\n1,2,5\n2,1,5\n2,2,1\n')
  t.match(await evaluate(t, '--ratings', few.ratings, '--splits', 'a', ...settings), {
    code: 1,
    err: 'nobody can be judged. known users: 0 of 2 users can be judged: 2 have too few ratings to hold one out'
  })
  t.match(await evaluate(t, '--ratings', (await folder(t)).ratings, '--splits', 'a', ...settings, '--like', '6'), {
    code: 1,
    err: /known users: 0 of 11 users can be judged: 0 have too few ratings to hold one out, and of 11 no like of 6 or more is held out/
  })
})

t.test('where new users cannot be judged, the figures of known users are kept', async t => {
  // a single user with enough ratings; half of one is nobody
  const lines = Array.from({ length: 10 }, (_, i) => `1,${i + 1},5`)
  const { ratings } = await folder(t, `userId,movieId,rating\n${lines.join('\n')}\n`)
  const { code, out, err } = await evaluate(t, '--ratings', ratings, '--splits', 'a', ...settings)
  t.equal(code, 0, err)
  t.match(out, 'a, new users: 0 of 0 users can be judged')
  t.match(out, /known users, model +\d\.\d{4}/)
  t.notMatch(out, 'NaN')
})

t.test('evaluate shows the model beside EASE, item-kNN and popularity, as a table and as JSON', async t => {
  const { dir, ratings } = await folder(t)
  const json = join(dir, 'evaluation.json')
  const { code, out, err } = await evaluate(t, '--ratings', ratings, '--splits', 'a', 'b', '--json', json, ...settings)
  t.equal(code, 0, err)
  t.match(
    out,
    'a, known users: 6 of 11 users can be judged: 0 have too few ratings to hold one out, and of 5 no like of 4 or more is held out'
  )
  t.match(out, 'mean of a, b; 95 % intervals by bootstrap over users')
  t.match(out, /known users, popularity +0\.\d{4} \(0\.\d{3}–[01]\.\d{3}\)/)
  t.match(out, /known users, model .* [+−]0\.\d{4} \[[+−]0\.\d{3}, [+−]0\.\d{3}\]/, 'in pairs with EASE')
  t.notMatch(out, 'NaN')
  const { mean, each } = JSON.parse(await readFile(json, 'utf8'))
  t.ok(mean['known users, model']['NDCG@10'] > mean['known users, popularity']['NDCG@10'], 'who loves every second movie is easy to please')
  t.equal(each['known users, model'].length, 2)
  t.same(
    Object.keys(mean['new users with 3 likes, EASE']).slice(-4),
    ['Coverage@10', 'Novelty@10', 'Popular@10', 'Disliked@20'],
    'short histories, and what lists are like together'
  )
})

t.test('evaluate judges a model folder as it is served, and warns if it has seen what is held out', async t => {
  const { dir, ratings, out } = await folder(t)
  await train(t, '--ratings', ratings, '--out', out, ...small)
  const other = join(dir, 'other.csv')
  const shifted = join(dir, 'shifted.csv')
  await writeFile(shifted, checkerboardCsv().replaceAll(/^(\d+),(\d+),/gm, '$1,7$2,'))
  await writeFile(other, (await readFile(ratings, 'utf8')).replaceAll(/^(\d+),(\d+),/gm, 'u$1,$2,'))
  const [same, others, foreign] = await Promise.all([
    evaluate(t, '--ratings', ratings, '--splits', 'a', '--model', out),
    evaluate(t, '--ratings', other, '--splits', 'a', '--model', out),
    evaluate(t, '--ratings', shifted, '--splits', 'a', '--model', out)
  ])
  t.match(same, { code: 0, err: 'was trained on this very file' })
  t.match(same.out, /known users, model +\d\.\d{4}/)
  t.equal(others.code, 0, others.err)
  t.notMatch(others.err, 'warning')
  t.match(foreign, { code: 1, err: 'has none of the movies of these ratings' })
})

t.test('train says how well a tenth that it held out is found, and warns where that is no better than what is popular', async t => {
  const { ratings, out } = await folder(t)
  const { out: said } = await train(t, '--ratings', ratings, '--out', out, ...small.slice(0, -1))
  t.match(said, /quality on a held-out tenth, NDCG@10: \d\.\d{3} \(\d\.\d{3}–\d\.\d{3}\), what is popular \d\.\d{3}/)
})

t.test('train warns when the factors collapse', async t => {
  const { dir, ratings, out } = await folder(t)
  const eight = ['--ratings', ratings, ...small, '--ials-dimensions', '8', '--out']
  const [chosen, large] = await Promise.all([train(t, ...eight, out), train(t, ...eight, join(dir, 'large/1'), '--lambda', '0.5')])
  t.notMatch(chosen.out, 'warning', 'a λ that the data chose')
  t.match(large.out, /warning: iALS uses 1\.\d directions of 8, so everybody gets nearly the same: try a smaller --lambda/)
})
