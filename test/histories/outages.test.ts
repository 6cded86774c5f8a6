import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { type RedisServer, startRedis } from '../fixtures/redis.js'
import { startService } from '../fixtures/service.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())
const LIMIT_MS = 200
const isHere = (await startRedis(t)) !== undefined

/** A service of its own with a store of its own, and what a caller sees of it. */
async function start(t: Test, { isUp = true } = {}) {
  const redis = (await startRedis(t)) as RedisServer
  if (!isUp) await redis.kill()
  const settings = { MODEL_DIR, HISTORY_STORE: redis.url, HISTORY_STORE_TIMEOUT_MS: String(LIMIT_MS) }
  const { child, port } = await startService(t, settings)
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`
  const recommend = async (userId = 'Ann') => {
    const start = performance.now()
    const { status, headers } = await fetch(url(`/recommend/${userId}`))
    const ms = performance.now() - start
    return {
      status,
      isStale: headers.get('x-recommendation-history') === 'stale',
      etag: headers.get('etag'),
      cache: headers.get('cache-control'),
      source: headers.get('x-recommendation-source'),
      ms
    }
  }
  const rate = async (movieId = '4'): Promise<number> => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url(`/users/Ann/ratings/${movieId}`), { method: 'PUT', headers, body: '{"rating":5}' })).status
  }
  const heals = async (): Promise<void> => {
    for (let tries = 0; (await recommend()).isStale; tries++) {
      if (tries === 100) throw new Error('it did not heal within 10 s')
      await sleep(100)
    }
  }
  const figure = async (name: string): Promise<number> => {
    const text = await (await fetch(url('/metrics'))).text()
    return Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1])
  }
  return { redis, child, url, recommend, rate, heals, figure }
}

/** Answers go on from the model folder in a bounded time, and nobody is told that something is kept which is not. */
async function goesOn(t: Test, { recommend, rate, url }: Awaited<ReturnType<typeof start>>): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const { ms, ...answer } = await recommend('4')
    t.strictSame(answer, { status: 200, isStale: true, etag: null, cache: 'no-store', source: 'history' })
    t.ok(ms < LIMIT_MS + 1_000, `${Math.round(ms)} ms`)
  }
  t.equal(await rate(), 503)
  t.equal((await fetch(url('/users/Ann/ratings'))).status, 503, 'half of what is kept is not what is kept')
  t.equal((await fetch(url('/readyz'))).status, 200)
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

t.test('a store that is killed stops no answer, and counts again when it is back', { skip: !isHere && 'no redis-server' }, async t => {
  const service = await start(t)
  const { redis, child, recommend, rate, heals, figure } = service
  t.equal(await rate(), 204)
  t.match(await recommend(), { isStale: false, source: 'history', etag: /./ })
  t.equal(await figure('recommender_store_available'), 1)

  await redis.kill()
  await goesOn(t, service)
  await child.says(/does not answer: .*; until it does, answers go on from the model folder/)
  t.equal(await figure('recommender_store_available'), 0)
  t.ok((await figure('recommender_store_errors_total{operation="read"}')) >= 10)
  t.ok((await figure('recommender_store_errors_total{operation="write"}')) >= 1)
  const pause = await recommend()
  t.ok(pause.ms < LIMIT_MS, 'and is not waited for')

  await redis.start()
  await heals()
  await child.says(/answers again/)
  t.equal(await figure('recommender_store_available'), 1)
  t.match(await recommend(), { isStale: false, source: 'popular' }, 'it was empty')
  t.equal(await rate(), 204)
  t.match(await recommend(), { source: 'history' })
  child.process.kill('SIGTERM')
  const { out } = await child.ended
  t.strictSame([count(out, /does not answer/g), count(out, /answers again/g)], [1, 1], 'a line when it goes, and one when it comes back')
  t.notMatch(out, /Ann/, 'and no line says who has rated')
})

t.test('a store that hangs is waited for no longer than is set, and heals', { skip: !isHere && 'no redis-server' }, async t => {
  const service = await start(t)
  const { redis, rate, recommend, heals } = service
  t.equal(await rate(), 204)
  redis.signal('SIGSTOP')
  await goesOn(t, service)
  redis.signal('SIGCONT')
  await heals()
  t.match(await recommend(), { source: 'history' }, 'and has all that it had')
})

t.test('a stop does not wait for a store that hangs', { skip: !isHere && 'no redis-server' }, async t => {
  const { redis, child } = await start(t)
  redis.signal('SIGSTOP')
  const start_ = performance.now()
  child.process.kill('SIGTERM')
  t.equal((await child.ended).code, 0)
  t.ok(performance.now() - start_ < 5_000)
})

t.test('a store that is not there yet stops no start', { skip: !isHere && 'no redis-server' }, async t => {
  const service = await start(t, { isUp: false })
  const { redis, child, rate, heals } = service
  await child.says(/cannot be reached: connect ECONNREFUSED .*; until it can, answers go on from the model folder, and writes are refused/)
  await goesOn(t, service)
  await redis.start()
  await heals()
  t.equal(await rate(), 204)
})
