import t from 'tap'
import type { Factors } from '../../../models/train/export/factors.js'
import { filmMap } from '../../../models/train/model/map.js'

const GROUPS = 3
const SIZE = 30

/** Films of three groups, each around a direction of its own; film i is of group i % 3. */
function rows(): Factors {
  const items = GROUPS * SIZE
  const factors = Float32Array.from({ length: items * GROUPS }, (_, at) => {
    const [film, axis] = [Math.floor(at / GROUPS), at % GROUPS]
    return (film % GROUPS === axis ? 5 : 0) + ((film * 7 + axis * 13) % 10) / 10
  })
  return { items, dimensions: GROUPS, factors, popularity: new Float32Array(items), fade: 1 }
}

t.test('films that are alike lie near each other: the nearest one is of the same group', async t => {
  const { x, y } = filmMap(rows(), 1)
  const distance = (a: number, b: number): number => Math.hypot(x[a] - x[b], y[a] - y[b])
  const strays = x.filter((_, film) => {
    const [nearest] = [...x.keys()].filter(other => other !== film).sort((a, b) => distance(film, a) - distance(film, b))
    return nearest % GROUPS !== film % GROUPS
  })
  t.same(strays, [])
})

t.test('the longer side of the map is 1, and the same seed gives the same map', async t => {
  const map = filmMap(rows(), 1)
  const sideOf = (values: number[]): number => Math.max(...values) - Math.min(...values)
  t.equal(Math.max(sideOf(map.x), sideOf(map.y)), 1)
  t.equal(Math.min(...map.x, ...map.y), 0)
  t.same(filmMap(rows(), 1), map)
  t.notSame(filmMap(rows(), 2), map)
})

t.test('a few films, too few for a shape, stand in a line', async t => {
  const few = { items: 3, dimensions: 1, factors: Float32Array.of(1, 2, 3), popularity: new Float32Array(3), fade: 1 }
  t.same(filmMap(few, 1), { x: [0, 0.5, 1], y: [0, 0, 0] })
  t.same(filmMap({ ...few, items: 1 }, 1), { x: [0], y: [0] })
})
