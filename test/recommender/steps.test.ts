import t from 'tap'
import { loadModel } from '../../src/recommender/model/load-model.js'
import { QueueFull } from '../../src/recommender/batcher.js'
import { Recommender } from '../../src/recommender/recommender.js'
import { openScorer } from '../../src/recommender/scoring/scorer.js'
import type { Candidates } from '../../src/recommender/scoring/candidates.js'

const model = await loadModel('models/movielens/2', openScorer, {
  threads: 1,
  limitMs: 30_000,
  onFailure(error) {
    throw error
  }
})
t.teardown(() => model.scorer.close())
const limits = { maxBatch: 100, maxQueue: 100, maxQueueMs: 60_000, maxInFlight: 2, maxWaitMs: 60_000 }
/** Who has rated most, and what costs most to explain. */
const userId = model.histories.userIds.reduce((most, id) => (lengthOf(id) > lengthOf(most) ? id : most))
const heavy = { userId, n: 500, explain: true }

function lengthOf(id: string): number {
  return model.histories.of(id)?.rows.length ?? 0
}

/** Tells of each run that scores candidates, when it begins. */
function recommenderWith(onRun: (candidates: Candidates) => void): Recommender {
  const scoreCandidates = (candidates: Candidates) => {
    onRun(candidates)
    return model.scorer.scoreCandidates(candidates)
  }
  return new Recommender({ ...model, scorer: { ...model.scorer, scoreCandidates } }, limits)
}

t.test('many long answers with reasons hold up no plain one, in runs that stay small', async t => {
  let plain: Promise<number> | undefined
  let done = 0
  let largest = 0
  const recommender = recommenderWith(({ histories, rows }) => {
    largest = Math.max(largest, histories.reduce((sum, { history }) => sum + history.length, 0) * rows.length)
    plain ??= recommender.recommend({ userId: '42', n: 10 }).then(() => done)
  })
  const crowd = Array.from({ length: 12 }, async () => {
    const { items } = await recommender.recommend(heavy)
    done++
    return items
  })
  const [items] = await Promise.all(crowd)
  t.equal(await plain, 0, 'asked for while they are scored, it is answered before any of them')
  t.ok(largest <= 32_768, `${largest} shares in one run`)
  t.ok(
    items().every(({ because }) => because?.length === 3),
    'and nothing of theirs is left out'
  )
})

t.test('requests of several steps get half of the queue, and leave the rest to plain ones', async t => {
  const { reasons } = await recommenderWith(() => {}).recommend({ userId: '42', n: 1, explain: true })
  t.equal(reasons, 'sum')
  for (const wanted of [{ explain: true }, { variety: 0.5 }]) {
    const recommender = recommenderWith(() => {})
    const crowd = Array.from({ length: 60 }, () => recommender.recommend({ userId: '42', n: 1, ...wanted }))
    const plain = Array.from({ length: 40 }, () => recommender.recommend({ userId: '42', n: 1 }))
    const refused = (await Promise.allSettled(crowd)).filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    t.same([...new Set(refused.map(({ reason }) => reason instanceof QueueFull))], [true])
    t.equal(refused.length, 10)
    await Promise.all(plain)
  }
  const recommender = recommenderWith(() => {})
  const groups = Array.from({ length: 60 }, () => recommender.recommendGroup({ users: ['42', '7'], n: 1, mode: 'everyone' }))
  t.equal((await Promise.allSettled(groups)).filter(({ status }) => status === 'rejected').length, 11, 'a group counts as its people')
})
