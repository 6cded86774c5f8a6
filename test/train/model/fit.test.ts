import t from 'tap'
import { ofLikedItems } from '../../../models/train/data/rated.js'
import { fit, stepsOf } from '../../../models/train/model/fit.js'
import { DEFAULTS, MODELS, type Settings } from '../../../models/train/model/settings.js'
import { someRatings } from '../../fixtures/ratings.js'

const ratings = ofLikedItems(someRatings(), 4)
const settings: Settings = { ...DEFAULTS, dimensions: 6, ialsDimensions: 4, laeDirections: 8, rounds: 2 }

t.test('each model has a row for each film, of the width that is asked for, and tells its steps', async t => {
  for (const model of MODELS) {
    let told = 0
    const one = { ...settings, model }
    const {
      factors: { items, dimensions, factors },
      effectiveRank
    } = await fit(ratings, one, 1, () => told++)
    t.match({ items, dimensions, length: factors.length }, { items: ratings.movieIds.length, dimensions: model === 'ials' ? 4 : 6 }, model)
    t.equal(told, stepsOf(one))
    t.ok(factors.every(Number.isFinite))
    t.equal(effectiveRank !== undefined, model !== 'lae', 'how many directions iALS uses')
  }
})

t.test('the same seed gives the same bytes with any number of threads, another seed gives others', async t => {
  const one = await fit(ratings, settings, 1)
  t.same(await fit(ratings, settings, 3), one)
  t.notSame((await fit(ratings, { ...settings, seed: 2 }, 1)).factors.factors, one.factors.factors)
})

t.test('the prior grows with the logarithm of the likes, in units of the mean square of a row', async t => {
  const {
    factors: { factors, popularity, items }
  } = await fit(ratings, { ...settings, prior: 2 }, 1)
  const likes = new Int32Array(items)
  for (const [i, item] of ratings.item.entries()) if (ratings.rating[i] >= 4) likes[item]++
  const mean = factors.reduce((sum, value) => sum + value * value, 0) / items
  for (const [item, count] of likes.entries()) t.ok(Math.abs(popularity[item] / (2 * mean * Math.log(1 + count)) - 1) < 1e-5)
})
