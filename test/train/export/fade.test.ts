import t from 'tap'
import { fadeOf } from '../../../models/train/export/fade.js'

t.test('popularity counts whole for an empty history, fades in a straight line with Σ w², and then only breaks ties', t => {
  for (const [weights, fade] of [
    [[], 1],
    [[1], 0.875],
    [[-1], 0.875],
    [[1, 2], 0.375],
    [[2, -2], 1e-6],
    [[3, 3, 3], 1e-6]
  ] as const)
    t.equal(fadeOf(1 / 8, weights), fade, `weights ${weights.join(', ')}`)
  t.end()
})
