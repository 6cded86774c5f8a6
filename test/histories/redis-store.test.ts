import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openRedisStore } from '../../src/histories/redis-store.js'
import type { HistoryStore } from '../../src/histories/store.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { keepsItsPromises } from './contract.js'

const redis = await startRedis(t)
if (!redis) t.pass('skipped: there is no valkey-server and no redis-server', { skip: true })
else {
  const open = async (t: Test, days = 0): Promise<HistoryStore> => {
    const store = await openRedisStore(redis.url, days)
    t.teardown(() => store.close())
    return store
  }
  keepsItsPromises('Redis', t => open(t))

  t.test('after so many days without a word, ratings are dropped; that somebody was forgotten is not', async t => {
    const store = await open(t, 1 / 86_400)
    await store.forget('Gil')
    for (const userId of ['Gil', 'Kim']) await store.write(userId, { movieId: '1', time: 1_000 })
    await (await open(t)).write('Kim', { movieId: '2', time: 1_000 })
    await sleep(1_100)
    t.match(await store.read(['Gil']), [{ isForgotten: true, ratings: [] }])
    t.equal((await store.read(['Kim']))[0].ratings.length, 2, 'but who added something without such a limit keeps all')
  })

  t.test('what fails without a connection says why there is none', async t => {
    const server = (await startRedis(t)) as RedisServer
    const store = await openRedisStore(server.url, 0)
    t.teardown(() => store.close())
    await server.kill()
    // It has tried to connect again by then.
    await sleep(200)
    for (const ask of [
      async () => void (await store.read(['Ida'])),
      () => store.write('Ida', { movieId: '1', time: 1 }),
      () => store.forget('Ida')
    ])
      await t.rejects(ask(), { code: 'ECONNREFUSED' })
  })
}
