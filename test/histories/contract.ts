import t, { type Test } from 'tap'
import type { HistoryStore, LiveHistory, LiveRating } from '../../src/histories/store.js'

/** What every store promises. @param open another connection to the same empty store, as another instance has one */
export function keepsItsPromises(name: string, open: (t: Test) => Promise<HistoryStore>): void {
  const two = async (t: Test): Promise<[HistoryStore, HistoryStore]> => [await open(t), await open(t)]
  const historyOf = async (store: HistoryStore, userId: string) => {
    const [{ ratings, ...rest }] = await store.read([userId])
    return { ...rest, ratings: ratings.toSorted((a, b) => (a.movieId < b.movieId ? -1 : 1)) }
  }

  t.test(`${name}: what one instance writes, the next read of another one sees`, async t => {
    const [here, there] = await two(t)
    await here.write('Ann', { movieId: '589', rating: 5, time: 1_000 })
    await here.write('Ann', { movieId: 'tt0111161', time: 2_000 })
    t.match(await historyOf(there, 'Ann'), {
      isForgotten: false,
      ratings: [
        { movieId: '589', rating: 5, time: 1_000 },
        { movieId: 'tt0111161', time: 2_000 }
      ]
    })
  })

  t.test(`${name}: the newer word on a movie counts, whichever comes first`, async t => {
    const [here, there] = await two(t)
    const early: LiveRating = { movieId: '1', rating: 1, time: 9_000 }
    const late: LiveRating = { movieId: '1', rating: 4.5, time: 10_000 }
    await here.write('Bob', late)
    await there.write('Bob', early)
    t.match(await historyOf(here, 'Bob'), { ratings: [late] })
    await there.write('Bob', { ...late, rating: 3 })
    t.match(await historyOf(here, 'Bob'), { ratings: [{ rating: 3 }] }, 'of the same time, the one written later')
    await here.write('Bob', { movieId: '1', time: 11_000, isRemoved: true })
    t.strictSame((await historyOf(there, 'Bob')).ratings, [{ movieId: '1', time: 11_000, isRemoved: true }])
  })

  t.test(`${name}: of two words that the service itself dates, the one written later counts, whatever the clocks say`, async t => {
    const [here, there] = await two(t)
    await here.write('Flo', { movieId: '1', rating: 4, time: 10_000 }, 'as written')
    await there.write('Flo', { movieId: '1', time: 9_990, isRemoved: true }, 'as written')
    t.strictSame((await historyOf(here, 'Flo')).ratings, [{ movieId: '1', time: 9_990, isRemoved: true }])
  })

  t.test(`${name}: each change makes another revision, and no change none`, async t => {
    const [here, there] = await two(t)
    const revision = async (): Promise<string> => (await historyOf(there, 'Cleo')).revision
    const seen = [await revision()]
    t.equal(seen[0], '')
    for (const change of [
      () => here.write('Cleo', { movieId: '1', time: 1 }),
      () => here.write('Cleo', { movieId: '2', time: 1 }),
      () => here.forget('Cleo'),
      () => here.write('Cleo', { movieId: '1', time: 1 })
    ]) {
      await change()
      t.equal(await revision(), await revision())
      seen.push(await revision())
    }
    t.equal(new Set(seen).size, seen.length)
  })

  t.test(`${name}: what has not changed comes back as it was read, and what has is read anew`, async t => {
    const [here, there] = await two(t)
    const again = async (known: LiveHistory): Promise<LiveHistory> => (await there.read(['Hal'], () => known))[0]
    await here.write('Hal', { movieId: '1', time: 1 })
    const [first] = await there.read(['Hal'])
    t.equal(await again(first), first)
    await here.write('Hal', { movieId: '2', time: 1 })
    const second = await again(first)
    t.equal(second.ratings.length, 2)
    t.equal(await again(second), second)
    await here.forget('Hal')
    const third = await again(second)
    t.match(third, { isForgotten: true, ratings: [] })
    t.match(await again(third), { isForgotten: true, revision: third.revision })
  })

  t.test(`${name}: who is forgotten is gone, and stays forgotten when they come back`, async t => {
    const [here, there] = await two(t)
    await here.write('Dan', { movieId: '1', time: 1_000 })
    await here.forget('Dan')
    t.match(await historyOf(there, 'Dan'), { isForgotten: true, ratings: [] })
    await there.write('Dan', { movieId: '2', time: 2_000 })
    t.match(await historyOf(here, 'Dan'), { isForgotten: true, ratings: [{ movieId: '2' }] })
  })

  t.test(`${name}: many users are read at once, in the order asked for, twice the same as well`, async t => {
    const [here, there] = await two(t)
    const userIds = Array.from({ length: 120 }, (_, i) => `user ${i}`)
    await Promise.all(userIds.map((userId, i) => here.write(userId, { movieId: `${i}`, time: 1_000 })))
    const asked = [...userIds.toReversed(), 'nobody', 'user 7']
    const histories = await there.read(asked)
    t.strictSame(
      histories.map(({ ratings }) => ratings.map(({ movieId }) => `user ${movieId}`)[0]),
      asked.map(userId => (userId === 'nobody' ? undefined : userId))
    )
  })

  t.test(`${name}: ids are any text`, async t => {
    const [here, there] = await two(t)
    const odd = ['auth0|5f7c', 'us-east-1:8b1c', 'a@b.example', '}{', 'Zoë', '日本', ':', 'm', 'revision', '0', ' ', 'x'.repeat(200)]
    // Of who was forgotten and comes back, more than one thing is kept.
    await here.forget('Zoë')
    for (const id of odd) await here.write(id, { movieId: id, time: 1_000 })
    t.strictSame(
      (await there.read(odd)).map(({ ratings }) => ratings.map(({ movieId }) => movieId)),
      odd.map(id => [id])
    )
    const all: string[] = []
    for await (const { userId } of there.all()) if (odd.includes(userId)) all.push(userId)
    t.strictSame(all.sort(), odd.sort(), 'each of them once')
  })

  t.test(`${name}: a hundred writers at once lose nothing`, async t => {
    const stores = await Promise.all([open(t), open(t), open(t), open(t)])
    const most = Number(process.env.WRITES ?? 1_000)
    const writer = async (w: number): Promise<void> => {
      for (let i = w; i < most; i += 100) await stores[w % 4].write('Eve', { movieId: `${i}`, rating: 3, time: 1_000 + i })
    }
    await Promise.all(Array.from({ length: 100 }, (_, w) => writer(w)))
    t.equal((await historyOf(stores[0], 'Eve')).ratings.length, most)
  })
}
