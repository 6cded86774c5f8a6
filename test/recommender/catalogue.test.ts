import t from 'tap'
import type { Filters } from '../../src/recommender/filters.js'
import { requestSchemas } from '../../src/http/schemas.js'
import { Catalogue, type MovieInfo } from '../../src/recommender/catalogue.js'
import type { Items } from '../../src/recommender/model/items.js'

const catalogue = () =>
  new Catalogue({ movieIds: ['50', '7', '9', '3'], genres: [['War', 'Drama'], ['Comedy'], [], ['Drama']], likes: [2, 1, 0, 0] })

const known = (info: MovieInfo) => Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined))

t.test('finds the rows of movies, each once however often it is named, and says which it does not have', async t => {
  t.same(catalogue().ids().lookUp(['9', '50', '9', '8', '8']), { rows: [2, 0], unknown: ['8'] })
  t.same(catalogue().ids().lookUp([]), { rows: [], unknown: [] })
  t.equal(catalogue().size, 4)
})

t.test('lists the genres that some movie has, in order', async t => {
  t.same(catalogue().genres, ['Comedy', 'Drama', 'War'])
  t.same(new Catalogue({ movieIds: ['1'] }).genres, [])
})

t.test('a filter leaves the movies that have one of its genres', async t => {
  const outside = (...genre: string[]) => [...catalogue().rowsOutside({ genre })]
  t.same(outside('Drama'), [1, 2])
  t.same(outside('Comedy', 'War'), [2, 3])
  t.same(outside('Comedy', 'no such genre'), [0, 2, 3])
  t.same(outside('no such genre'), [0, 1, 2, 3])
})

t.test('all filters hold together, each at its exact bound', t => {
  const films = new Catalogue({ movieIds: ['50', '7', '9', '3'], genres: [['War', 'Drama'], ['Comedy'], [], ['Drama']], likes: [2, 1, 0, 0], years: [1950, 0, 1952, 1953] }) // prettier-ignore
  const inside = (filters: Filters) => {
    const outside = [...films.rowsOutside(filters)]
    return [0, 1, 2, 3].filter(row => !outside.includes(row))
  }
  t.same(inside({}), [0, 1, 2, 3])
  t.same(inside({ genre: [], excludeGenre: [] }), [0, 1, 2, 3], 'an empty list is no filter')
  t.same(inside({ genre: ['drama', 'COMEDY'] }), [0, 1, 3], 'in any case')
  t.same(inside({ excludeGenre: ['drama'] }), [1, 2])
  t.same(inside({ excludeGenre: ['drama', 'comedy'] }), [2], 'none of these')
  t.same(inside({ genre: ['Drama'], excludeGenre: ['War'] }), [3])
  t.same(inside({ from: 1952 }), [2, 3])
  t.same(inside({ to: 1952 }), [0, 2], 'what has no year lies in no range')
  t.same(inside({ from: 1952, to: 1952 }), [2])
  t.same(inside({ minLikes: 1 }), [0, 1])
  t.same(inside({ maxLikes: 1 }), [1, 2, 3])
  t.same(inside({ only: ['9', '50', '77'] }), [0, 2])
  t.same(inside({ only: ['9', '50'], from: 1951, maxLikes: 0 }), [2])
  t.end()
})

t.test('a model has the filters that its columns tell of', async t => {
  const filters = (columns?: Partial<Items>) => {
    const { filterQuery } = requestSchemas(new Catalogue({ movieIds: ['1'], ...columns }))
    return ['genre', 'excludeGenre', 'from', 'to', 'minLikes', 'maxLikes', 'only', 'ids'].filter(name => name in filterQuery.properties)
  }
  t.same(filters(), ['only', 'ids'])
  t.same(filters({ genres: [['War']] }), ['genre', 'excludeGenre', 'only', 'ids'])
  t.same(filters({ years: [1950] }), ['from', 'to', 'only', 'ids'])
  t.same(filters({ likes: [3] }), ['minLikes', 'maxLikes', 'only', 'ids'])
})

t.test('where a column is missing, no movie passes a filter on it, nor has any an id of a site', async t => {
  const bare = new Catalogue({ movieIds: ['1', '2'] })
  for (const filters of [{ genre: ['War'] }, { from: 1950 }, { to: 1950 }, { minLikes: 0 }, { maxLikes: 9 }, { ids: 'imdb' }] as const)
    t.same([...bare.rowsOutside(filters)], [0, 1], JSON.stringify(filters))
  t.same(bare.ids('imdb').lookUp(['tt0000001']), { rows: [], unknown: ['tt0000001'] })
})

t.test('of a movie, what is known is told, and the rest is left out', async t => {
  const films = new Catalogue({
    movieIds: ['50', '7'],
    titles: ['Ran', ''],
    years: [1985, 0],
    genres: [['War'], []],
    likes: [2, 0],
    imdb: ['tt0089881', null],
    tmdb: ['11645', null]
  })
  const ran = { title: 'Ran', year: 1985, genres: ['War'], likes: 2, imdbId: 'tt0089881', tmdbId: '11645' }
  t.strictSame(known(films.movie(0)), { movieId: '50', ...ran })
  t.strictSame(known(films.movie(0, 'imdb')), { movieId: 'tt0089881', ...ran })
  t.strictSame(known(films.movie(1)), { movieId: '7', genres: [], likes: 0 })
  t.strictSame(known(new Catalogue({ movieIds: ['50'] }).movie(0)), { movieId: '50' })
})

t.test('a model with titles can be searched, by title and year, the liked first; one without cannot', async t => {
  const films = new Catalogue({ movieIds: ['1', '2', '3'], titles: ['Heat', 'Heat', 'Ran'], years: [1972, 1995, 1985], likes: [3, 90, 5] })
  t.same(await films.titleSearch?.find('heat', 9), [1, 0])
  t.same(await films.titleSearch?.find('heat 1972', 9), [0])
  t.equal(new Catalogue({ movieIds: ['1'] }).titleSearch, undefined)
})

t.test('a genre with a bar in its name is not two genres', async t => {
  const bars = new Catalogue({ movieIds: ['1', '2', '3'], genres: [['A|B'], ['A'], ['B']] })
  t.same([...bars.rowsOutside({ genre: ['A|B'] })], [1, 2])
  t.same([...bars.rowsOutside({ genre: ['A', 'B'] })], [0])
})

t.test('keeps what a filter excludes, whatever the order of its genres', async t => {
  const kept = catalogue()
  t.equal(kept.rowsOutside({ genre: ['War', 'Comedy'] }), kept.rowsOutside({ genre: ['Comedy', 'War', 'War'] }))
})

t.test('keeps no more than 64 filters, whatever people try', async t => {
  const kept = catalogue()
  const first = kept.rowsOutside({ genre: ['genre 1'] })
  for (let i = 2; i <= 64; i++) kept.rowsOutside({ genre: [`genre ${i}`] })
  t.equal(kept.rowsOutside({ genre: ['genre 1'] }), first, 'the 64th leaves room for all of them')
  kept.rowsOutside({ genre: ['genre 65'] })
  t.not(kept.rowsOutside({ genre: ['genre 1'] }), first, 'the 65th starts anew')
  t.same(kept.rowsOutside({ genre: ['genre 1'] }), first)
})

t.test('lists of movies are not kept, however many people send, and drive out nothing that is', async t => {
  const kept = catalogue()
  const first = kept.rowsOutside({ genre: ['Drama'] })
  for (let i = 1; i <= 64; i++) kept.rowsOutside({ only: [`${i}`] })
  t.equal(kept.rowsOutside({ genre: ['Drama'] }), first)
})

t.test('a movie tells something of a person when somebody likes it; without counts every movie does', async t => {
  t.ok(catalogue().hasSignal([2, 1]))
  t.notOk(catalogue().hasSignal([2, 3]))
  t.notOk(catalogue().hasSignal([]))
  const uncounted = new Catalogue({ movieIds: ['1', '2'] })
  t.ok(uncounted.hasSignal([1]))
  t.notOk(uncounted.hasSignal([]))
})

t.test('an id is the text that it is', async t => {
  const films = new Catalogue({ movieIds: ['16', '0000016', 'tt0000016'] })
  t.same(films.ids().lookUp(['16', '0000016', 'tt0000016', 'x']), { rows: [0, 1, 2], unknown: ['x'] })
  t.equal(films.ids().rowOf('016'), undefined)
})

t.test('a movie has the id of a site, none, or one that another movie had before', async t => {
  const films = new Catalogue({ movieIds: ['1', '2', '3'], imdb: ['tt0000007', null, 'tt0000007'] })
  const ids = films.ids('imdb')
  t.same(ids.lookUp(['tt0000007', 'null', '1']), { rows: [0], unknown: ['null', '1'] })
  t.same([...films.rowsOutside({ ids: 'imdb' })], [1, 2])
  t.same([...films.rowsOutside({ ids: 'imdb', only: ['tt0000007', '3'] })], [1, 2])
  t.same([...films.rowsOutside({ only: ['3', 'tt0000007'] })], [0, 1])
})
