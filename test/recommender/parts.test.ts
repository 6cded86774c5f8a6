import t from 'tap'
import { inParts } from '../../src/recommender/parts.js'

const sizes = (rows: number, entries: number) => inParts(new Int32Array(rows), entries).map(({ length }) => length)

t.test('rows are scored in as few runs as 32,768 shares in each allow', t => {
  t.same(sizes(500, 65), [500], 'of 504')
  t.same(sizes(500, 100), [327, 173])
  t.same(sizes(3, 100_000), [1, 1, 1], 'one row at a time, where that alone is more')
  t.same(sizes(500, 0), [500], 'nothing is rated')
  t.same(sizes(0, 100), [])
  t.same(inParts(Int32Array.of(7, 8, 9), 16_384), [Int32Array.of(7, 8), Int32Array.of(9)])
  t.end()
})
