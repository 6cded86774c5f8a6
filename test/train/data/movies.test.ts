import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { genresOf, joined, readLinks, readMovies } from '../../../models/train/data/movies.js'

const shape = (name: string): string => join(import.meta.dirname, 'shapes', name)

t.test('reads titles and genres, with commas, quotes and no genres', async t => {
  t.same(Object.fromEntries(await readMovies(shape('movies.csv'))), {
    1: { title: 'Toy Story (1995)', genres: ['Adventure', 'Children'] },
    2: { title: 'Good, the "Bad" (1966)', genres: [] },
    3: { title: 'Amélie', genres: ['Comedy', 'Romance'] }
  })
})

t.test('reads Latin-1, line ends of two kinds, and lists as TMDb has them', async t => {
  t.same((await readMovies(shape('movies-latin1.dat'))).get('1'), { title: 'Les Misérables (1995)', genres: ['Drama', 'War'] })
  t.same((await readMovies(shape('movies-line-ends.csv'))).get('2'), { title: 'Ran (1985)', genres: ['Drama', 'War'] })
  t.same(Object.fromEntries(await readMovies(shape('movies-tmdb.csv'))), {
    862: { title: 'Toy Story', genres: ['Animation', "Children's"], year: 1995, imdb: 'tt0114709' },
    863: { title: 'Nothing', genres: [] },
    864: { title: 'Ran', genres: ['War', 'Drama'], year: 1985, imdb: 'tt0000864' }
  })
})

t.test('genres are separated by bars or commas, or listed', async t => {
  for (const text of ['War|Drama', ' War | Drama ', 'War, Drama', '["War", "Drama"]', "['War', 'Drama']", '[War, Drama]'])
    t.same(genresOf(text), ['War', 'Drama'], text)
  for (const text of ['', 'NaN', '(no genres listed)', '[]']) t.same(genresOf(text), [], text)
})

t.test('ids on IMDb and TMDb come in several forms, and what is none is named', async t => {
  const read = async (...lines: string[]) => {
    const file = join(t.testdir({}), 'links.csv')
    await writeFile(file, `movieId,imdbId,tmdbId\n${lines.join('\n')}\n`)
    return Object.fromEntries(await readLinks(file))
  }
  t.same(await read('1,tt0114709,862', '2,114709,862.0', '3,tt10872600,', '4,NaN,0', '5,TT0114709,NULL'), {
    1: { imdb: 'tt0114709', tmdb: '862' },
    2: { imdb: 'tt0114709', tmdb: '862' },
    3: { imdb: 'tt10872600' },
    4: {},
    5: { imdb: 'tt0114709' }
  })
  await t.rejects(read('1,tt0114709,862', '2,nm0000158,862'), {
    message: /links\.csv:3: imdb: expected an id of IMDb such as tt0111161 or 0111161, or nothing, found "nm0000158"/
  })
  await t.rejects(read('1,0114709,tt0114709'), { message: /links\.csv:2: tmdb: expected an id of TMDb such as 278, or nothing/ })
})

t.test('links add ids on IMDb and TMDb', async t => {
  const movies = joined(await readMovies(shape('movies.csv')), await readLinks(shape('links.csv')))
  t.match(movies.get('1'), { title: 'Toy Story (1995)', imdb: 'tt0114709', tmdb: '862' })
  t.match(movies.get('2'), { imdb: 'tt0060196', tmdb: undefined })
})

t.test('bad lines of titles are named, and left out if that is asked for', async t => {
  const id = 'an id, a text of 1 to 200 bytes without control characters or commas'
  const said = [
    `movies-bad.csv:3: item: expected ${id}, found ""`,
    'movies-bad.csv:4: expected as many columns as in other lines, found more: 3,Good, Bad',
    '2 bad lines'
  ].join('\n')
  await t.rejects(readMovies(shape('movies-bad.csv')), { message: `${said}: mend them, or leave them out with --skip-bad-lines` })
  const sentences: string[] = []
  const movies = await readMovies(shape('movies-bad.csv'), { skipBadLines: true, say: sentence => sentences.push(sentence) })
  t.same([[...movies.keys()], sentences[1]], [['1', '4'], `${said} left out`])
})

t.test('columns may be named by their place, as of a file without a header', async t => {
  await t.rejects(readMovies(shape('u.item')), { message: /found 8: say which is which, --movie-columns item=1,title=2$/ })
  const movies = await readMovies(shape('u.item'), { columns: { item: '1', title: '2', year: '3' }, say: () => {} })
  t.same(movies.get('2'), { title: 'Ran (1985)', year: 1985 })
})

t.test('reads the typographic quotes of Windows', async t =>
  t.same((await readMovies(shape('typographic.csv'))).get('1'), { title: 'It’s “Amélie”' })
)
