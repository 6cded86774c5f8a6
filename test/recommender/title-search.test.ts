import t from 'tap'
import { TitleSearch } from '../../src/recommender/title-search.js'

const films: [title: string, year: number, likes: number][] = [
  ['The Animatrix', 2003, 11],
  ['The Matrix Reloaded', 2003, 37],
  ['The Matrix', 1999, 222],
  ['A Matter of Life and Death', 1946, 2],
  ["Amelie (Le Fabuleux destin d'Amélie Poulain)", 2001, 95],
  ['Die Hard', 1988, 100],
  ['A Good Day to Die Hard', 2013, 300],
  ['Spider-Man', 2002, 59],
  ["Schindler's List", 1993, 175],
  ['Toy Story', 1995, 147],
  ['Troy', 2004, 19],
  ['2001: A Space Odyssey', 1968, 97],
  ['Матрица', 1999, 1],
  ['', 0, 500],
  ["L'Avventura", 1960, 3],
  ['Les Misérables', 2012, 4]
]
const items = { titles: films.map(([title]) => title), years: films.map(([, year]) => year), likes: films.map(([, , likes]) => likes) }
const search = new TitleSearch(items)
const find = async (query: string, n = 3): Promise<string[]> => (await search.find(query, n)).map(row => items.titles[row])

t.test('a title is found as it is typed: those that begin so first, then by likes', async t => {
  t.same(await find('mat'), ['The Matrix', 'The Matrix Reloaded', 'A Matter of Life and Death'])
  t.same(await find('the mat'), ['The Matrix', 'The Matrix Reloaded'])
  t.same(await find('die h'), ['Die Hard', 'A Good Day to Die Hard'], 'though more people like the other')
  t.same(await find('matrix reloaded the'), ['The Matrix Reloaded'], 'in any order')
  t.same(await find('mat', 1), ['The Matrix'])
  t.same(await find('mat reloaded'), ['The Matrix Reloaded'], 'a word before the last may be cut short, too')
  t.same(await find('to story'), [], 'but not one of a letter or two')
})

t.test('the words stay apart: what goes on where a word ends does not begin so', async t => {
  const others = new TitleSearch({
    titles: ['Start the Revolution Without Me', 'Star Trek', 'The Wild Hunt', 'The Hunt'],
    likes: [9, 5, 9, 5]
  })
  t.same(await others.find('star t', 2), [1, 0])
  t.same(await others.find(' The hunt', 2), [3, 2], 'nor do blanks and the article before them matter')
})

t.test('of titles that as many like, or where likes are not known, the first of the model comes first', async t => {
  const titles = ['Hamlet Goes Business', 'Hamlet', 'The Hamlet']
  t.same(await new TitleSearch({ titles }).find('hamlet', 3), [0, 1, 2])
  t.same(await new TitleSearch({ titles, likes: [1, 1, 2] }).find('hamlet', 3), [2, 0, 1])
})

t.test('case, accents, marks and the article do not matter', async t => {
  for (const query of ['AMÉLIE', 'amelie', 'ame\u0301lie pou']) t.match((await find(query))[0], /^Amelie/, query)
  for (const query of ['spiderman', 'spider man', 'Spider-Man', 'man']) t.match(await find(query, 1), ['Spider-Man'], query)
  for (const query of ['schindlers list', "schindler's", 'schindler']) t.match(await find(query), ["Schindler's List"], query)
  for (const query of ['avventura', "l'avv"]) t.match(await find(query), ["L'Avventura"], query)
  t.same(await find('матр'), ['Матрица'])
  for (const query of ['misérables', 'miserab', 'MISE\u0301R']) t.same(await find(query), ['Les Misérables'], query)
  for (const query of ['"hard"', '"Die Hard"', '«die h']) t.same(await find(query), ['Die Hard', 'A Good Day to Die Hard'], query)
})

t.test('the year counts as a word', async t => {
  t.same(await find('matrix 2003'), ['The Matrix Reloaded'])
  t.match(await find('2001'), ['2001: A Space Odyssey', /^Amelie/])
})

t.test('slips of the finger are forgiven where nothing fits as it is typed', async t => {
  t.match(await find('matrx'), ['The Matrix'])
  t.match(await find('toy stroy', 1), ['Toy Story'])
  t.match(await find('shindlers list'), ["Schindler's List"])
  t.same(await find('troy'), ['Troy'], 'what fits is not spoilt by what nearly does')
  t.same(await find('2002', 1), ['Spider-Man'], 'a number is that number')
  t.same(await find('2004 2005'), [])
  t.same(await find('matrx 1999'), ['The Matrix'], 'beside words that are right')
  t.same(await find('tryo'), [], 'two slips are too many in a short word')
  t.same(await find('xxxindler'), [], 'and three in a long one')
})

t.test('nothing is found for nothing, and in rows that may not be found', async t => {
  for (const query of [' ', '!!!', 'zzzzzzzz']) t.same(await find(query), [], query)
  t.same(await search.find('matrix', 3, row => row !== 2), [1])
})

t.test('an index is made in pieces, between which others get their turn', async t => {
  const many = new TitleSearch({ titles: Array.from({ length: 20_000 }, (_, i) => `Part ${i} of film ${i % 97}`) })
  let turns = 0
  const others = setInterval(() => turns++, 1)
  t.teardown(() => clearInterval(others))
  await Promise.all([many.find('part 7', 1), many.find('part 8', 1)])
  t.ok(turns >= 20, `${turns}`)
})
