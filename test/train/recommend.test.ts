import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { movies, trainCheckerboard } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'

const dir = t.testdir()
const model = await trainCheckerboard(dir, { movies })
const command = 'build/models/train/recommend.js'
const recommend = (...args: string[]) => startNode(t, [command, '--model', model, ...args]).ended

async function file(name: string, ...lines: string[]): Promise<string> {
  await writeFile(join(dir, name), `${lines.join('\n')}\n`)
  return join(dir, name)
}

t.test('a known user gets titles, as people read them', async t => {
  t.match(await recommend('--user', '4'), { code: 0, out: 'for user 4, the best first:\n4  Movie 4 (1994)\n5  Movie 5 (1995)\n' })
  t.match(await recommend('--user', '4', '--n', '1', '--genre', 'odd', '--ids', 'imdb'), { out: /:\ntt0000005 {2}Movie 5 \(1995\)\n$/ })
  t.match(await recommend('--user', '3', '--from', '1994', '--exclude-genre', 'odd'), { out: /:\n4 {2}Movie 4 \(1994\)\n$/ })
  const nobody = await recommend('--user', 'nobody', '--n', '1')
  t.match(nobody, { code: 0, out: 'for user nobody, what is popular:\n1  Movie 1 (1991)\n', err: /no history of user nobody\n/ })
})

t.test('a history comes from a file of one person, in the formats that the trainer reads', async t => {
  const liked = /^for this history, the best first:\n(4|8|10) {2}/
  for (const [name, ...lines] of [
    ['rated.csv', 'movieId,rating', '2,5', '6,5'],
    ['liked.csv', 'userId,movieId', 'me,2', 'me,6'],
    ['bare.csv', '2,5', '6,5'],
    ['lines.jsonl', '{"movieId":2,"rating":5}', '{"movieId":6,"rating":4.5}']
  ])
    t.match(await recommend('--history', await file(name, ...lines)), { code: 0, out: liked }, name)
  const listed = await file('imdb.csv', 'Const,Your Rating', 'tt0000002,5', 'tt9999999,5')
  const columns = ['--columns', 'item=Const,rating=Your Rating']
  t.match(await recommend('--history', listed, ...columns, '--ids', 'imdb', '--n', '1'), {
    out: /\ntt00000(04|06|08|10) /,
    err: 'the model does not know 1 of these movies: tt9999999'
  })
  t.match(await recommend('--user', '4', '--history', await file('one.csv', 'movieId,rating', '4,5')), {
    out: 'for user 4, the best first:\n5  Movie 5 (1995)\n'
  })
})

t.test('everybody gets what they would get alone: as CSV, or as JSON, a line for each', async t => {
  const csv = (await recommend('--all', '--n', '2')).out.trimEnd().split('\n')
  t.equal(csv[0], 'userId,rank,movieId,score')
  t.equal(csv.length, 1 + 10 * 2 + 1, 'user 99 has one movie left')
  t.match(
    csv.filter(line => line.startsWith('4,')),
    [/^4,1,4,\d\.\d+/, /^4,2,5,-?\d/]
  )
  const out = join(dir, 'all.jsonl')
  t.match(await recommend('--all', '--format', 'jsonl', '--out', out), { code: 0, out: '' })
  const answers = (await readFile(out, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(answers.length, 11)
  t.match(
    answers.find(({ userId }) => userId === '4'),
    { source: 'history', items: [{ movieId: '4', title: 'Movie 4', year: 1994 }, {}] }
  )
})

t.test('what is piped to a reader that has seen enough ends quietly', async t => {
  const pipe = `node ${command} --all --n 500 | head -n 1`
  const { code, out, err } = await new Promise<Record<string, unknown>>(resolve =>
    execFile('bash', ['-o', 'pipefail', '-c', pipe], (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
  )
  t.match({ code, out, err }, { code: 0, out: 'userId,rank,movieId,score\n', err: '' })
})

t.test('what cannot be answered is refused in a sentence', async t => {
  const many = await file('many.csv', 'userId,movieId,rating', '1,2,5', '2,2,5')
  const high = await file('high.csv', 'movieId,rating', '2,10')
  for (const [sentence, ...args] of [
    ['expected --user ID, --history FILE or both, or --all alone'],
    ['expected --user ID, --history FILE or both, or --all alone', '--all', '--user', '4'],
    ['many.csv: expected ratings of one person, found those of 2: leave the others out', '--history', many],
    ['history.0.rating: expected a rating from 1 to 5, found 10', '--history', high],
    ['genre: expected one of Even, Nice, Odd, found "War"', '--user', '4', '--genre', 'War'],
    ["option '--n <count>' argument '501' is invalid", '--user', '4', '--n', '501']
  ]) {
    const { code, out, err } = await recommend(...args)
    t.match({ code, out, err }, { code: 1, out: '', err: sentence }, sentence)
  }
})
