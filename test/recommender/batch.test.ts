import t from 'tap'
import { byLength, pack, type Query, unpack } from '../../src/recommender/batch.js'

const query = (history: number[], exclude: number[] = [], k = 2): Query => ({
  history: Int32Array.from(history),
  exclude: Int32Array.from(exclude),
  k
})

t.test('pack pads with "no item" to a multiple of 16, and asks for the largest k', async t => {
  const { size, history, exclude, k } = pack([query([1, 2], [3], 5), query([], [], 7)], 99)
  t.match({ size, k }, { size: 2, k: 7 })
  t.same([...history].map(Number), [1, 2, ...Array<number>(14).fill(99), ...Array<number>(16).fill(99)], 'two rows of sixteen')
  t.same([...exclude].map(Number).slice(0, 2), [3, 99])
  t.equal(pack([query(Array<number>(17).fill(1))], 99).history.length, 32)
})

t.test('unpack gives each its own count, without what was not left', async t => {
  const items = Int32Array.of(5, 6, 7, 8, 9, 1)
  const scores = Float32Array.of(3, 2, 1, 3, -Infinity, -Infinity)
  const [first, second] = unpack({ items, scores }, [query([], [], 2), query([], [], 3)])
  t.same([...first.rows], [5, 6])
  t.same([...second.rows], [8])
  t.same([...second.scores], [3])
})

t.test('byLength keeps a heavy viewer apart from a crowd of light ones, and every query in one place', async t => {
  const crowd = Array.from({ length: 20 }, (_, i) => query(Array<number>(i * 5).fill(1)))
  const heavy = query([1], Array<number>(2000).fill(1))
  t.same(byLength([heavy, ...crowd]), [crowd.map((_, i) => i + 1), [0]])
  t.same(byLength([heavy, crowd[0]]), [[0, 1]], 'not worth a second run')
})
