import t from 'tap'
import { scaleOf, starsOf } from '../../../models/train/data/scale.js'
import { weightRows, weightsOf } from '../../../models/train/model/rating-weights.js'

const close = (a: ArrayLike<number>, b: number[]) => a.length === b.length && b.every((value, i) => Math.abs(value - a[i]) < 1e-6)

t.test('the scale is what the data has, as people wrote it', async t => {
  t.same(scaleOf(Float32Array.of(4, 3.7, 0.5, 3.7, 4)), [0.5, 3.7, 4])
  const long = Float32Array.of(3.14159265358979, 1 / 3, 16_777_215, 4.000001, 4.0000014)
  t.same(Float32Array.from(scaleOf(long)), long.toSorted(), 'and those with more digits stay the same ones')
  t.throws(() => scaleOf(Float32Array.from({ length: 256 }, (_, i) => i)), /at most 255 different ratings, found more: round them/)
})

t.test('stars', async t => {
  t.test('of MovieLens stay what they are', async t => {
    const halves = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]
    t.ok(close(starsOf(halves, 4), halves))
  })
  t.test('of another scale: its lowest is ½, what is liked from is 4, its highest 5', async t => {
    t.ok(close(starsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 8), [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]))
    t.ok(close(starsOf([-1, 1], 1), [0.5, 4]))
    t.ok(close(starsOf([1], 1), [4]), 'where everything is a like')
    t.ok(close(starsOf([1, 2], 3), [0.5, 2.25]), 'where nothing is')
  })
})

t.test('weights follow the curve, in straight lines between its points, and stay level below 2 stars', async t => {
  const curve = [1.5, 1.25, 1, 0.5, 0.2, 0, -0.3]
  t.ok(close(weightsOf([0.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], 4, curve), [-0.3, -0.3, 0, 0.2, 0.5, 1, 1.25, 1.5]))
  t.ok(close(weightsOf([0.5, 3.25, 3.75, 4.9, 5], 4, curve), [-0.3, 0.35, 0.75, 1.45, 1.5]))
})

t.test('rows are scaled by (n / mean n)^-τ, where n is the sum of their absolute weights', async t => {
  // n is 1, 4 and 0: who rated nothing does not count for the mean, 2.5
  const rows = { offsets: Int32Array.of(0, 1, 4, 4), values: Int32Array.of(0, 0, 1, 2) }
  const { weights } = weightRows(rows, Uint8Array.of(1, 1, 0, 2), [-1, 1, 2], 0.5)
  const root = (n: number) => (n / 2.5) ** -0.5
  t.ok(close(weights, [root(1), root(4), -root(4), 2 * root(4)]))
  t.same([...weightRows(rows, Uint8Array.of(1, 1, 0, 2), [-1, 1, 2], 0).weights], [1, 1, -1, 2])
})
