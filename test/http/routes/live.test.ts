import Fastify from 'fastify'
import t from 'tap'
import type { LiveHistories } from '../../../src/histories/live-histories.js'
import { type LiveHistory, NOTHING_LIVE } from '../../../src/histories/store.js'
import { readLive } from '../../../src/http/routes/live.js'

const stale: LiveHistory = { ...NOTHING_LIVE, isStale: true }

/** What a reply says that reads these users of a store that has this of them. */
async function sayOf(userIds: string[], lives: LiveHistory[]): Promise<{ history: unknown; asked: readonly string[][] }> {
  const asked: string[][] = []
  const store = { read: async (ids: string[]) => (asked.push(ids), lives) } as unknown as LiveHistories
  const app = Fastify()
  app.get('/', async (_request, reply) => readLive(store, reply, userIds))
  const { headers } = await app.inject('/')
  return { history: headers['x-recommendation-history'], asked }
}

t.test('a reply says that the store did not answer, for whomever of several it did not', async t => {
  t.match(await sayOf(['Ann', 'Ben'], [NOTHING_LIVE, stale]), { history: 'stale', asked: [['Ann', 'Ben']] })
  t.match(await sayOf(['Ann', 'Ben'], [NOTHING_LIVE, NOTHING_LIVE]), { history: undefined })
})

t.test('the store is not asked where nobody is known by an id', async t => {
  t.same(await sayOf([], [stale]), { history: undefined, asked: [] })
})
