import t from 'tap'
import type { Filters } from '../../src/recommender/filters.js'
import { Catalogue } from '../../src/recommender/catalogue.js'

const catalogue = () =>
  new Catalogue({ movieIds: ['50', '7', '9', '3'], genres: [['War', 'Drama'], ['Comedy'], [], ['Drama']], likes: [2, 1, 0, 0] })

t.test('finds the rows of movies, each once however often it is named, and says which it does not have', async t => {
  t.same(catalogue().lookUp(['9', '50', '9', '8', '8']), { rows: [2, 0], unknown: ['8'] })
  t.same(catalogue().lookUp([]), { rows: [], unknown: [] })
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
  t.same(films.lookUp(['16', '0000016', 'tt0000016', 'x']), { rows: [0, 1, 2], unknown: ['x'] })
  t.equal(films.rowOf('016'), undefined)
})
