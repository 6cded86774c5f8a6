import { inverse, Matrix } from 'ml-matrix'
import t, { type Test } from 'tap'
import { likesOf } from '../../../models/train/data/likes.js'
import { counts, rowOf } from '../../../models/train/data/sparse-rows.js'
import { greatest, popularity, type Ranker } from '../../../models/train/evaluation/baselines.js'
import { ease } from '../../../models/train/evaluation/ease.js'
import { itemKnn } from '../../../models/train/evaluation/item-knn.js'
import { peopleOf, type Person, withLikes } from '../../../models/train/evaluation/people.js'
import { allUsers, knownUsers } from '../../../models/train/evaluation/splits.js'
import { someRatings } from '../../fixtures/ratings.js'

const ITEMS = 120
const ratings = someRatings(40, ITEMS)
const split = knownUsers(ratings, 'a')
const likes = likesOf(split.train, 4)
const popular = counts(likes.byItem)
const { people } = peopleOf(split.tests['known users']!, 4, 100, 'a')
const X = new Matrix(40, ITEMS)
for (let user = 0; user < 40; user++) for (const item of rowOf(likes.byUser, user)) X.set(user, item, 1)

/** The rows of X that stand for what people bring: their likes. */
const histories = new Matrix(
  people.map(({ history }) => {
    const row = new Array<number>(ITEMS).fill(0)
    for (const { item, rating } of history) if (rating >= 4) row[item] = 1
    return row
  })
)

/** A slow plain twin has scores for all items. Rank by rank, those of what is ranked are the best ones, but for rounding. */
async function agrees(t: Test, ranker: Ranker, scores: Matrix): Promise<void> {
  const lists = await ranker.rank(people, 10)
  for (const [i, { seen }] of people.entries()) {
    const row = Float64Array.from(scores.getRow(i))
    const isLeft = (item: number): boolean => popular[item] > 0 && !seen.includes(item)
    const best = greatest(row, 10, isLeft)
    t.ok(lists[i].every(isLeft))
    t.equal(new Set(lists[i]).size, best.length)
    for (const [rank, item] of lists[i].entries()) t.ok(Math.abs(row[item] - row[best[rank]]) < 1e-9, `person ${i}, rank ${rank}`)
  }
}

t.test('a slow plain twin agrees on EASE: P = (XᵀX + 200 I)⁻¹, B = I − P / diag(P)', async t => {
  const P = inverse(Matrix.add(X.transpose().mmul(X), Matrix.eye(ITEMS).mul(200)))
  const B = Matrix.sub(Matrix.eye(ITEMS), Matrix.div(P, Matrix.ones(ITEMS, 1).mmul(Matrix.rowVector(P.diagonal()))))
  await agrees(t, ease(likes.byUser, likes.byItem, 4), histories.mmul(B))
})

t.test('a slow plain twin agrees on item-kNN: shrunk cosine, 50 neighbours', async t => {
  const both = X.transpose().mmul(X)
  const likeness = Matrix.zeros(ITEMS, ITEMS)
  for (let i = 0; i < ITEMS; i++) {
    for (let j = 0; j < ITEMS; j++) if (i !== j) likeness.set(i, j, both.get(i, j) / (Math.sqrt(both.get(i, i) * both.get(j, j)) + 20))
    const row = likeness.getRow(i)
    const byLikeness = [...row.keys()].sort((a, b) => row[b] - row[a] || a - b)
    for (const j of byLikeness.slice(50)) likeness.set(i, j, 0)
  }
  await agrees(t, itemKnn(likes.byUser, likes.byItem, 4), histories.mmul(likeness.transpose()))
})

t.test('popularity ranks by the number of likes, equal ones by number', async t => {
  await agrees(t, popularity(popular), new Matrix(people.map(() => [...popular])))
})

t.test('the greatest come first, of equals the earlier', async t => {
  t.same([...greatest(Float64Array.of(1, 3, 3, 0, 5), 3, () => true)], [4, 1, 2])
  t.same([...greatest(Float64Array.of(1, 3, 3, 0, 5), 9, entry => entry !== 4)], [1, 2, 0, 3])
})

t.test('people', async t => {
  const isRated = (user: number) => split.train.user.includes(user)
  t.test('bring what they rated, oldest first; their held-out likes should be found', async t => {
    const { held } = split.tests['known users']!
    for (const { user, history, seen, relevant, disliked, rated } of people) {
      t.ok(isRated(user))
      t.same(
        history.map(({ item }) => item),
        [...seen]
      )
      const hidden = [...held.user.keys()].filter(i => held.user[i] === user)
      t.same(rated, new Set(hidden.map(i => held.item[i])))
      t.same(relevant, new Set(hidden.filter(i => held.rating[i] >= 4).map(i => held.item[i])))
      t.same(disliked, new Set(hidden.filter(i => held.rating[i] < 3).map(i => held.item[i])))
    }
  })
  t.test('of too many a sample is drawn, always the same, and it is said', async t => {
    const few = peopleOf(split.tests['known users']!, 4, 5, 'a')
    t.equal(few.people.length, 5)
    t.match(few.judged, `${people.length} of 39 users can be judged, 5 of them drawn to be judged: `)
    t.same(peopleOf(split.tests['known users']!, 4, 5, 'a'), few)
    t.notSame(
      peopleOf(split.tests['known users']!, 4, 5, 'b').people.map(({ user }) => user),
      few.people.map(({ user }) => user)
    )
  })
  t.test('can be cut down to some of their likes, and have still seen the rest', async t => {
    const person = people.find(({ history }) => history.filter(({ rating }) => rating >= 4).length > 2) as Person
    const short = withLikes(person, 2, 4, item => `${item}`) as Person
    t.equal(short.history.length, 2)
    t.ok(short.history.every(({ rating }) => rating >= 4))
    t.same(short.seen, person.seen)
    t.equal(
      withLikes(person, 1000, 4, item => `${item}`),
      undefined
    )
  })
})

t.test('for one training, new users are absent from train, and a fifth of everybody else is held out', async t => {
  const { train, tests } = allUsers(ratings, 'a')
  const { foldIn, held } = tests['new users']!
  t.equal(foldIn.user.length + held.user.length + train.user.length + tests['known users']!.held.user.length, ratings.user.length)
  t.equal(new Set(foldIn.user).size, 19)
  t.notOk([...foldIn.user, ...held.user].some(user => train.user.includes(user)))
})
