import { likesOf } from '../data/likes.js'
import type { Ratings } from '../data/ratings.js'
import { counts } from '../data/sparse-rows.js'
import type { Settings } from '../model/settings.js'
import { popularity } from './baselines.js'
import { evaluateSplit, means, withTrained } from './evaluate-split.js'
import { reportOf } from './report.js'
import { knownUsers } from './splits.js'

/** A sample as large as this tells a good model from a bad one. */
const PEOPLE = 1_000

/** Trains on nine tenths of everybody's ratings, and says how well the model finds the likes of the last tenth, beside what is popular. */
export async function checkQuality(
  ratings: Ratings,
  settings: Settings,
  threads: number,
  onStep: (note: string) => void
): Promise<string[]> {
  const split = knownUsers(ratings, 'check', 10)
  const judging = { like: settings.like, most: PEOPLE, seed: 'check', short: [] }
  if (!split.train.rating.some(rating => rating >= settings.like)) return ['quality: not checked, since too few ratings are likes']
  const popular = popularity(counts(likesOf(split.train, settings.like).byItem))
  const { results, judged } = await withTrained(
    split.train,
    settings,
    threads,
    model => evaluateSplit(split, { model, popular }, judging),
    onStep
  )
  const found = results['known users']
  if (!found) return [`quality: not checked; ${judged['known users']}`]
  const { interval } = reportOf([results])
  const ndcg = (ranker: string): number => means(found[ranker])['NDCG@10']
  const [low, high] = interval['known users, model']['NDCG@10']
  const sentences = [
    `quality on a held-out tenth, NDCG@10: ${ndcg('model').toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)}), what is popular ${ndcg('popular').toFixed(3)}`
  ]
  if (ndcg('model') <= ndcg('popular'))
    sentences.push('warning: the model finds no more than a list of what is popular does: see `npm run tune`, or take more ratings')
  return sentences
}
