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

t.test('links add ids on IMDb and TMDb', async t => {
  const movies = joined(await readMovies(shape('movies.csv')), await readLinks(shape('links.csv')))
  t.match(movies.get('1'), { title: 'Toy Story (1995)', imdb: 'tt0114709', tmdb: '862' })
  t.match(movies.get('2'), { imdb: 'tt0060196', tmdb: undefined })
})
