import t from 'tap'
import { reordered, shuffled, varied } from '../../src/recommender/variety.js'

const ranking = (length: number) => ({
  rows: Int32Array.from({ length }, (_, rank) => 1000 - rank),
  scores: Float32Array.from({ length }, (_, rank) => length - rank)
})
/** Two series: films of even places are alike, and those of odd ones. */
const series = (a: number, b: number): number => (a % 2 === b % 2 ? 1 : 0)

t.test('with variety, a series does not come twice in a row while there is another of nearly the same score', t => {
  const { rows, scores } = varied(ranking(6), series, 0.5)
  t.same([...rows.subarray(0, 3)], [1000, 999, 998], 'one of either series, then the best that is left')
  t.same([...varied({ ...ranking(3), rows: Int32Array.of(0, 2, 1) }, (a, b) => (a + b === 1 ? 1 : 0), 0.6).rows], [0, 1, 2])
  t.equal(scores[0], 6, 'each row keeps its score')
  t.same(varied(ranking(6), series, 0.5), varied(ranking(6), series, 0.5), 'the same again')
  t.same(
    varied(ranking(50), () => 1, 0.9),
    ranking(50),
    'where all are alike, nothing changes'
  )
  t.end()
})

t.test('it is the greedy choice that its formula says', t => {
  const length = 40
  const likeness = (a: number, b: number): number => Math.sin(a * b + a + b)
  // Scores that fall slowly at first, from 5 down to 1.
  const relevance = (rank: number): number => 1 - (rank / (length - 1)) ** 2
  const list = { ...ranking(length), scores: Float32Array.from({ length }, (_, rank) => 1 + 4 * relevance(rank)) }
  for (const variety of [0.2, 0.7, 1]) {
    const chosen: number[] = []
    while (chosen.length < length) {
      const nearest = (rank: number) => (chosen.length === 0 ? 0 : Math.max(...chosen.map(other => likeness(other, rank))))
      const worth = (rank: number) => (1 - variety) * relevance(rank) - variety * nearest(rank)
      const left = [...Array(length).keys()].filter(rank => !chosen.includes(rank))
      chosen.push(left.reduce((best, rank) => (worth(rank) > worth(best) ? rank : best)))
    }
    t.same([...varied(list, likeness, variety).rows], chosen.map(rank => 1000 - rank), `variety ${variety}`) // prettier-ignore
  }
  t.end()
})

t.test('after the first comes what is most unlike it', t => {
  const likeness = (a: number, b: number): number => (a + b === 3 ? -1 : 0)
  t.same([...varied(ranking(4), likeness, 0.9).rows].slice(0, 2), [1000, 997])
  t.end()
})

t.test('a film counts by the place that it has been moved to, among the first hundred', t => {
  const likeness = (a: number, b: number): number => Math.sin(a * b + a + b)
  const orderOf = (list: ReturnType<typeof ranking>) => [...varied(list, likeness, 0.3).rows].slice(0, 100)
  const hundred = { rows: ranking(150).rows.slice(0, 100), scores: ranking(150).scores.slice(0, 100) }
  t.same(orderOf(ranking(150)), orderOf(hundred), 'whatever comes after them')
  t.same(orderOf({ ...hundred, scores: hundred.scores.toReversed() }), orderOf(hundred), 'whoever is there')
  t.end()
})

t.test('a seed gives a list of its own, the same every time, of the same hundred and near their places', t => {
  const one = shuffled(ranking(150), 1)
  t.same(shuffled(ranking(150), 1), one)
  t.notSame(shuffled(ranking(150), 2), one)
  t.same([...one.rows].slice(0, 100).sort(), [...ranking(150).rows].slice(0, 100).sort())
  t.same([...one.rows].slice(100), [...ranking(150).rows].slice(100), 'what comes later stays')
  const strays = Array.from({ length: 200 }, (_, seed) => 1000 - shuffled(ranking(100), seed).rows[0])
  t.ok(strays.every(rank => rank < 20), 'the first is always one of the best') // prettier-ignore
  t.ok(new Set(strays).size > 1, 'but not always the same')
  t.end()
})

t.test('films rise far at times, and none falls far', t => {
  let [risen, fallen] = [0, 0]
  for (let seed = 0; seed < 200; seed++)
    for (const [place, row] of shuffled(ranking(100), seed).rows.entries()) {
      const before = 1000 - row
      if (before >= 10 && place < before / 2) risen++
      if (before >= 10 && place > before * 2) fallen++
    }
  t.ok(risen > 100, `${risen} of 18,000 come to less than half of their place`)
  t.equal(fallen, 0)
  t.end()
})

t.test('the first comes first as often as the formula says, and the second as rarely', t => {
  const seeds = 4000
  const firsts = Array.from({ length: seeds }, (_, seed) => 1000 - shuffled(ranking(100), seed).rows[0])
  // Gumbel noise of spread 0.2 on the logarithm of a place: places weigh 1, 2⁻⁵, 3⁻⁵, …
  const sum = Array.from({ length: 100 }, (_, rank) => (rank + 1) ** -5).reduce((a, b) => a + b)
  for (const rank of [0, 1]) {
    const share = firsts.filter(first => first === rank).length / seeds
    t.ok(Math.abs(share - (rank + 1) ** -5 / sum) < 0.01, `place ${rank + 1} comes first in ${share}`)
  }
  t.end()
})

t.test('no more than the first hundred are reordered, and fewer if there are fewer', t => {
  t.same([...reordered(ranking(3), ranks => ranks.reverse()).rows], [998, 999, 1000])
  t.same([...reordered(ranking(101), ranks => ranks.reverse()).rows.subarray(98)], [999, 1000, 900])
  t.same(varied(ranking(0), series, 0.5), ranking(0))
  t.same(varied(ranking(1), series, 0.5), ranking(1))
  t.end()
})
