import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Database, quoted } from '../../../models/train/data/database.js'
import { type ReadOptions, readRatings } from '../../../models/train/data/read-ratings.js'

const shape = (name: string): string => join(import.meta.dirname, 'shapes', name)

/** What was read, as `user item rating`, one line for each. */
async function read(file: string | string[], options?: ReadOptions): Promise<string[]> {
  const { userIds, movieIds, user, item, rating } = await readRatings([file].flat(), options)
  return Array.from(user, (u, i) => `${userIds[u]} ${movieIds[item[i]]} ${rating[i]}`)
}

async function file(t: Test, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(t.testdir(), name)
  await writeFile(path, content)
  return path
}

const same = ['27 16 5', '9 2 1', '27 2 4']

t.test('reads the public data sets as they are', async t => {
  const shapes: Record<string, string[]> = {
    'u.data': same,
    'ratings.dat': same,
    'ml-25m.csv': same,
    'kaggle-20m.csv': same,
    'netflix.txt': same,
    'goodreads.csv': same,
    'recbole.inter': same,
    'ratings.jsonl': same,
    'pandas.csv': same,
    'amazon.csv': ['A0027 B0016 5', 'A0009 B0002 1', 'A0027 B0002 4'],
    'book-crossing.csv': ['27 0000016 10', '9 000002X 2', '27 000002X 8', '9 café 9'],
    'personalize.csv': ['27 16 1', '9 2 1', '27 2 1'],
    'pairs.csv': ['27 16 1', '9 2 1', '27 2 1'],
    'blanks.txt': same,
    'counts.csv': ['27 16 412', '9 2 1', '27 2 37']
  }
  for (const [name, expected] of Object.entries(shapes)) t.same(await read(shape(name)), expected, name)
})

t.test('reads times as seconds, milliseconds or dates', async t => {
  for (const name of ['u.data', 'kaggle-20m.csv', 'goodreads.csv', 'ratings.jsonl'])
    t.same([...(await readRatings([shape(name)])).timestamp], [1000027180, 1000009120, 1000027240], name)
  const mixed = await file(t, 'mixed.csv', 'user,item,rating,time\n1,1,5,1700000000000\n1,1,2,1700000100\n')
  t.same(await read(mixed), ['1 1 2'], 'the second is later, though its number is smaller')
})

t.test('numbers users as they come, and items by id, numbers as numbers', async t => {
  const path = await file(t, 'ids.csv', 'user,item\nb,10\na,9\na,tt1\na,009\n')
  const { userIds, movieIds } = await readRatings([path])
  t.same(userIds, ['b', 'a'])
  t.same(movieIds, ['009', '9', '10', 'tt1'])
})

t.test('reads packed files, other line ends and Parquet alike', async t => {
  const csv = await readFile(shape('ml-25m.csv'), 'utf8')
  const lf = csv.replaceAll('\r\n', '\n')
  for (const [name, content] of Object.entries({
    'packed.csv.gz': gzipSync(csv),
    'packed-without-the-name.csv': gzipSync(csv),
    'lf.csv': lf,
    'cr.csv': lf.replaceAll('\n', '\r'),
    'mark.csv': `\uFEFF${csv}`,
    'blank.csv': `\n\n${lf.replace('\n9,', '\n\n9,')}   \n`,
    'header-lf.csv': csv.replace('\r\n', '\n'),
    'open.csv': csv.trimEnd(),
    'trailing.csv': lf.replaceAll('\n', ',\n'),
    'a [1] *.csv': csv
  }))
    t.same(await read(await file(t, name, content)), same, name)
  const parquet = join(t.testdir(), 'ratings.parquet')
  await Database.with(1, database => database.run(`COPY (FROM ${quoted(shape('ml-25m.csv'))}) TO ${quoted(parquet)}`))
  t.same(await read(parquet), same)
})

t.test('true and false are thumbs up and down', async t =>
  t.same(await read(await file(t, 'thumbs.csv', 'user,item,rating\n1,2,true\n1,3,False\n')), ['1 2 1', '1 3 0'])
)

t.test('several files are read as one, in their order', async t => {
  t.same(await read([shape('ml-25m.csv'), shape('amazon.csv')]), [...same, 'A0027 B0016 5', 'A0009 B0002 1', 'A0027 B0002 4'])
  await t.rejects(read([shape('u.data'), shape('counts.csv')]), { message: 'counts.csv: no column for time, and other files have one: expected it in all files or in none' }) // prettier-ignore
})

t.test('of two ratings of the same item, the later counts; without a time, the later line', async t => {
  t.same(await read(shape('twice.csv')), ['1 5 4', '1 6 3'])
  t.same(await read(await file(t, 'r.csv', 'user,item,rating\n1,5,4\n1,6,1\n1,5,2\n')), ['1 6 1', '1 5 2'])
})

t.test('columns may have other names, or none, and ids may be any text', async t => {
  const expected = ['auth0|27 tt0000016 5', 'us-east-1:9 tt0000002 1', 'żółw@example.com 3f2504e0-4f89 4']
  t.same(await read(shape('names.csv'), { columns: { user: 'wer', item: 'was', rating: 'wie' } }), expected)
  t.same(await read(shape('names.csv'), { columns: { user: '1', item: '2', rating: '3' } }), expected)
  t.same(await read(shape('u.data'), { columns: { user: '2', item: '1' } }), ['16 27 1', '2 9 1', '2 27 1'])
  await t.rejects(read(shape('names.csv'), { columns: { user: 'who' } }), { message: 'names.csv: expected a column who for user, found wer, was, wie' }) // prettier-ignore
})

t.test('what was understood is said before anything is read', async t => {
  const said: string[] = []
  await read(shape('ml-25m.csv'), { say: sentence => said.push(sentence) })
  t.same(said, ['ml-25m.csv: comma-separated, header: user = userId, item = movieId, rating = rating, time = timestamp'])
})

const BAD = [
  'bad.csv:4: rating: expected a number such as 4.5, found "many"',
  'bad.csv:5: rating: expected a number such as 4.5, found "NaN"',
  'bad.csv:6: rating: expected a number such as 4.5, found "inf"',
  'bad.csv:7: rating: expected a number such as 4.5, found ""',
  'bad.csv:8: rating: expected a number such as 4.5, found "0x5"',
  'bad.csv:9: expected as many columns as in other lines, found fewer: 7,7,3',
  'bad.csv:10: expected as many columns as in other lines, found more: 8,8,4,5,6',
  'bad.csv:11: rating: expected a number such as 4.5, found "NULL"',
  'bad.csv:12: time: expected seconds since 1970 or a date, found "today"',
  'bad.csv:13: user: expected an id, a text of 1 to 200 bytes without control characters, found "a\\nb"',
  'bad.csv:15: rating: expected a number such as 4.5, found "\\\\N"',
  'bad.csv:16: expected quotes around a whole value: 12,"1"x,3,4',
  'bad.csv:17: user: expected values, not the header once more, found "userId"',
  'bad.csv:18: item: expected an id, a text of 1 to 200 bytes without control characters or commas, found ""',
  'bad.csv:19: item: expected an id, a text of 1 to 200 bytes without control characters or commas, found "NULL"',
  '15 bad lines'
]

t.test('bad lines are named with what was expected, and left out if that is asked for', async t => {
  await t.rejects(read(shape('bad.csv')), { message: `${BAD.join('\n')}: mend them, or leave them out with --skip-bad-lines` })
  const said: string[] = []
  t.same(await read(shape('bad.csv'), { skipBadLines: true, say: sentence => said.push(sentence) }), ['1 1 4', '15 1 5'])
  t.equal(said[1], `${BAD.join('\n')} left out`)
  const many = await file(t, 'many.csv', `user,item,rating\n${'1,2,x\n'.repeat(30)}`)
  await t.rejects(read(many), { message: /^(many\.csv:.*\n){20}30 bad lines, of which the first 20 are named: mend/ })
})

t.test('lines of JSON and of blocks are told by the line that they stand on', async t => {
  const id = 'expected an id, a text of 1 to 200 bytes without control characters'
  const cases: Record<string, [said: string[], rest: string[]]> = {
    'broken.jsonl': [
      [
        '2: expected an object in JSON on a line: {"user":"1","item":',
        `4: item: ${id} or commas, found nothing`,
        '5: expected an object in JSON on a line: [1,2]',
        '6: rating: expected a number such as 4.5, found "many"',
        `7: item: ${id} or commas, found "a,b"`
      ],
      ['1 1 5', '3 3 4']
    ],
    'netflix-bad.txt': [
      ['5: expected as many columns as in other lines, found fewer: 9,1', '6: rating: expected a number such as 4.5, found "x"'],
      ['27 16 5', '27 2 4']
    ]
  }
  for (const [name, [said, rest]] of Object.entries(cases)) {
    const message = [...said.map(sentence => `${name}:${sentence}`), `${said.length} bad lines`].join('\n')
    await t.rejects(read(shape(name)), { message: `${message}: mend them, or leave them out with --skip-bad-lines` })
    t.same(await read(shape(name), { skipBadLines: true }), rest, name)
  }
})

t.test('a movie id with a comma is refused, for commas join ids in an answer; a user id may have one', async t => {
  t.same(await read(await file(t, 'users.csv', 'user,item\n"a,b",1\n')), ['a,b 1 1'])
  await t.rejects(read(await file(t, 'items.csv', 'user,item\n1,"a,b"\n')), {
    message:
      /^items\.csv:2: item: expected an id, a text of 1 to 200 bytes without control characters or commas, found "a,b"\n1 bad line: mend it, or leave it out/
  })
})

t.test('what cannot be read is told in a sentence', async t => {
  const csv = await readFile(shape('ml-25m.csv'))
  const hex = (start: string): Uint8Array => Buffer.concat([Buffer.from(start, 'hex'), csv])
  const cases: Record<string, [content: string | Uint8Array, said: RegExp]> = {
    'a.zip': [hex('504b0304'), /^a\.zip: this is a zip archive or an Excel workbook: unpack it/],
    'a.bz2': [hex('425a68'), /packed with bzip2/],
    'a.xz': [hex('fd377a585a00'), /packed with xz/],
    'a.zst': [hex('28b52ffd'), /packed with Zstandard/],
    'le.csv': [Buffer.from(`\uFEFF${csv.toString()}`, 'utf16le'), /^le\.csv: this is UTF-16: save it as UTF-8$/],
    'cut.json': [
      '[{"user":1,"item":2},\n{"user":1,',
      /^cut\.json: expected JSON, a list of objects or one on each line, found some that is broken near entry \d$/
    ],
    'python.jsonl': ["{'user': 1}\n", /^python\.jsonl: expected an object in JSON on each line, found none, but {'user': 1}$/],
    'cut.parquet': ['PAR1 and no more', /^cut\.parquet: expected Parquet, found a file that is cut off or damaged$/],
    'page.csv': ['<!doctype html><p>Not found', /this is a web page/],
    'plain.csv.gz': [csv, /^plain\.csv\.gz: expected gzip data, as the name says, found none/],
    'cut.csv.gz': [gzipSync(csv).subarray(0, 60), /^cut\.csv\.gz: expected gzip data, found some that is cut off or damaged/],
    'nul.csv': ['user,item\n1,2\n1,\0\n', /^nul\.csv:3: expected text, found a byte that is 0$/],
    'both.csv': [
      Buffer.concat([Buffer.from('user,item\né,1\n'), Buffer.from('é,2\n', 'latin1')]),
      /^both\.csv:3: this is not UTF-8, but other lines are/
    ],
    'empty.csv': ['', /^empty\.csv: expected a header and lines, found an empty file$/],
    'header.csv': ['user,item,rating\n', /^header\.csv: expected at least one rating, found none$/],
    'twice.csv': ['user,item,rating,rating\n1,2,3,4\n', /the column rating comes twice: say which one counts, --columns rating=3$/]
  }
  for (const [name, [content, message]] of Object.entries(cases)) await t.rejects(read(await file(t, name, content)), { message }, name)
  await t.rejects(read(shape('wide.csv')), { message: /^wide\.csv: no column for item, found user, Film A, Film B; optional: rating, time\. Name them: --columns item=NAME/ }) // prettier-ignore
  await t.rejects(read(shape('unnamed.csv')), { message: /expected a header, or 4 columns at most, found 6: say which is which, --columns user=1,item=2/ }) // prettier-ignore
  await t.rejects(read(shape('comment.csv')), { message: 'comment.csv: expected 3 columns in the first line, as below it, found one: leave out "# exported by hand"' }) // prettier-ignore
  await t.rejects(read(shape('decimal-comma.csv')), { message: /^decimal-comma\.csv:2: rating: expected a number such as 4\.5, found "4,5"/ }) // prettier-ignore
  await t.rejects(read(t.testdir()), { message: /: this is a folder: name its files/ })
  await t.rejects(read(shape('mixed-ids.csv')), { message: /^user: expected all ids to end in \.0 or none, found "27\.0" and "28"/ })
  await t.rejects(read('/no/such/ratings.csv'), { message: '/no/such/ratings.csv: there is no such file' })
})
