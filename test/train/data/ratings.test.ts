import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { readMovies } from '../../../models/train/data/movies.js'
import { readRatings } from '../../../models/train/data/ratings.js'
import { group, rowOf } from '../../../models/train/data/sparse-rows.js'
import { inOrderOfTime } from '../../../models/train/data/ratings.js'
import { likesOf } from '../../../models/train/data/likes.js'

async function file(t: Test, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(t.testdir(), name)
  await writeFile(path, content)
  return path
}

const header = 'userId,movieId,rating,timestamp\n'
const csv = `${header}7,30,4.0,100\n7,10,0.5,90\nann,30,5,80\n`

t.test('reads users as they come and movies by id', async t => {
  const { userIds, movieIds, user, item, rating, timestamp } = await readRatings(await file(t, 'ratings.csv', csv))
  t.same(userIds, ['7', 'ann'])
  t.same(movieIds, [10, 30])
  t.same([...user], [0, 0, 1])
  t.same([...item], [1, 0, 1])
  t.same([...rating], [4, 0.5, 5])
  t.same([...timestamp], [100, 90, 80])
})

t.test('reads CRLF, a byte order mark, blank lines, quotes, gzip and other orders of columns alike', async t => {
  const expected = await readRatings(await file(t, 'ratings.csv', csv))
  for (const [name, content] of Object.entries({
    'crlf.csv': csv.replaceAll('\n', '\r\n'),
    'mark.csv': `\uFEFF${csv}`,
    'blank.csv': csv.replace('\n7,10', '\n\n7,10'),
    'quotes.csv': csv.replace('ann', '"ann"'),
    'open.csv': csv.trimEnd(),
    'order.csv': 'rating,timestamp,movieId,userId,note\n4.0,100,30,7,x\n0.5,90,10,7,x\n5,80,30,ann,"a, b"\n',
    'packed.csv.gz': gzipSync(csv)
  })) {
    t.same(await readRatings(await file(t, name, content)), expected, name)
  }
})

t.test('without timestamps the order of the lines is the order in time', async t => {
  const ratings = await readRatings(await file(t, 'r.csv', 'userId,movieId,rating\n1,5,4\n1,3,4\n'))
  t.same([...inOrderOfTime(ratings)], [0, 1])
})

t.test('of a movie that somebody rated twice, the newer rating counts', async t => {
  const ratings = await readRatings(await file(t, 'r.csv', `${header}1,5,1,20\n1,5,4,30\n1,5,2,10\n1,6,3,1\n`))
  t.same([...ratings.rating], [4, 3])
})

t.test('more ratings than one Map can hold are no trouble: a map is kept for each user', async t => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${i % 3},${i % 7},${1 + (i % 5)},${i}`)
  const { user, rating } = await readRatings(await file(t, 'r.csv', `${header}${lines.join('\n')}\n`))
  t.equal(user.length, 21, 'three users, seven movies')
  t.same(
    [...rating],
    Array.from({ length: 21 }, (_, i) => 1 + ((2979 + i) % 5)),
    'the newest of each'
  )
})

t.test('a bad line stops it with file, line and what was expected', async t => {
  const cases: Record<string, [content: string, said: string]> = {
    'a user id that no URL would take': [
      `${csv}a b,1,4,1\n`,
      'bad.csv:5: userId: expected 1 to 100 letters, digits or any of . _ ~ -, found "a b"'
    ],
    'a movie id that is no number': [
      `${csv}1,tt01,4,1\n`,
      'bad.csv:5: movieId: expected a whole number from 0 to 9007199254740991, found "tt01"'
    ],
    'a movie id too large': [`${csv}1,9007199254740993,4,1\n`, 'bad.csv:5: movieId: expected a whole number'],
    'a rating that is no number': [`${csv}1,1,good,1\n`, 'bad.csv:5: rating: expected a number, found "good"'],
    'no rating': [`${csv}1,1,,1\n`, 'bad.csv:5: rating: expected a number, found ""'],
    'a time that is no number': [`${csv}1,1,4,today\n`, 'bad.csv:5: timestamp: expected seconds since 1970, found "today"'],
    'a column too few': [`${csv}1,1,4\n`, 'bad.csv:5: expected 4 columns (userId, movieId, rating, timestamp), found 3'],
    'a line too long by far': [`${csv}1,1,4,1,1\n`, 'bad.csv:5: expected 4 columns'],
    'a quote that never ends': [`${csv}1,"1,4,1\n`, 'bad.csv:5:'],
    'another header': [
      'user,movie,stars\n1,1,4\n',
      'bad.csv:1: expected a header with the columns userId, movieId, rating, timestamp, found user, movie, stars'
    ],
    'nothing but a header': [header, 'bad.csv: expected at least one rating after the header, found none'],
    'an empty file': ['', 'bad.csv:1: expected a header with the columns userId, movieId, rating, timestamp, found an empty file']
  }
  for (const [name, [content, said]] of Object.entries(cases)) {
    const path = await file(t, 'bad.csv', content)
    await t.rejects(readRatings(path), { message: new RegExp(said.replace(/[.()]/g, '\\$&')) }, name)
  }
  await t.rejects(readRatings('/no/such/ratings.csv'), { message: '/no/such/ratings.csv: there is no such file' })
  await t.rejects(readRatings(await file(t, 'plain.csv.gz', csv)), { message: /^plain\.csv\.gz: expected gzip data, as the name says/ })
  await t.rejects(readRatings(await file(t, 'cut.csv.gz', gzipSync(csv.repeat(1000)).subarray(0, 60))), {
    message: /^cut\.csv\.gz: expected gzip data/
  })
})

t.test('reads movies with commas, quotes and no genres', async t => {
  const movies = await readMovies(
    await file(
      t,
      'movies.csv',
      'movieId,title,genres\r\n1,Toy Story (1995),Adventure|Children\r\n2,"Good, the ""Bad"" (1966)",(no genres listed)\r\n'
    )
  )
  t.same(movies.get(1), { title: 'Toy Story (1995)', genres: ['Adventure', 'Children'] })
  t.same(movies.get(2), { title: 'Good, the "Bad" (1966)', genres: [] })
})

t.test('groups who likes what, both ways round', async t => {
  const ratings = await readRatings(await file(t, 'ratings.csv', csv))
  const { byUser, byItem } = likesOf(ratings, 4)
  t.same([...rowOf(byUser, 0)], [1], 'user 7 likes movie 30')
  t.same([...rowOf(byItem, 1)], [0, 1], 'movie 30 is liked by both')
  t.same([...rowOf(byItem, 0)], [], 'movie 10 by nobody')
  t.same([...group(1, [0, 0, 0], [5, 6, 7], [2, 0, 1]).values], [7, 5, 6], 'in the order given')
})
