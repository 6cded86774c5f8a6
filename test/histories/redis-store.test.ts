import t from 'tap'
import { openRedisStore } from '../../src/histories/redis-store.js'
import { startRedis } from '../fixtures/redis.js'
import { keepsItsPromises } from './contract.js'

const redis = await startRedis(t)
if (!redis) t.pass('skipped: there is no valkey-server and no redis-server', { skip: true })
else
  keepsItsPromises('Redis', async t => {
    const store = await openRedisStore(new URL(redis.url), 0)
    t.teardown(() => store.close())
    return store
  })
