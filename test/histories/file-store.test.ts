import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sharedDatabase } from '../../src/histories/file-database.js'
import { openFileStore } from '../../src/histories/file-store.js'
import { type HistoryStore, NOTHING_LIVE } from '../../src/histories/store.js'
import { startNode } from '../fixtures/child.js'
import { keepsItsPromises } from './contract.js'

const dir = t.testdir()
const open = async (t: Test, name = 'histories', days = 0): Promise<HistoryStore> => {
  const store = await openFileStore(`${dir}/${name}`, days)
  t.teardown(() => store.close())
  return store
}
keepsItsPromises('a folder', t => open(t))

t.test('two processes that write at once lose nothing', async t => {
  const path = `${dir}/two`
  const write = (name: string): string => `
    const { openFileStore } = await import('./dist/histories/file-store.js')
    const store = await openFileStore(${JSON.stringify(path)}, 0)
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.write('Eve', { movieId: '${name}' + i, time: i })))
    await store.close()`
  const ended = await Promise.all(['a', 'b'].map(name => startNode(t, ['--input-type=module', '-e', write(name)]).ended))
  t.match(ended, [{ code: 0 }, { code: 0 }])
  t.equal((await (await open(t, 'two')).read(['Eve']))[0].ratings.length, 400)
})

t.test('after so many days without a word, ratings are dropped; that somebody was forgotten is not', async t => {
  const days = 0.1 / 86_400
  const store = await open(t, 'short', days)
  // As an export opens it, which knows no days.
  const other = await open(t, 'short')
  await store.forget('Ann')
  for (const userId of ['Ann', 'Bob']) await store.write(userId, { movieId: '1', time: 1_000 })
  const [{ revision }] = await store.read(['Ann'])
  await sleep(150)
  const [ann, bob] = await store.read(['Ann', 'Bob'])
  t.match(ann, { isForgotten: true, ratings: [] })
  t.not(ann.revision, revision, 'which another ETag tells')
  t.strictSame(bob, NOTHING_LIVE)
  await store.write('Bob', { movieId: '2', time: 2_000 })
  t.match((await store.read(['Bob']))[0].ratings, [{ movieId: '2' }])
  await sleep(150)
  t.match(await other.read(['Ann', 'Bob']), [{ isForgotten: true, ratings: [] }, NOTHING_LIVE], 'for whoever reads')
  const { db, close } = sharedDatabase(resolve(dir, 'short'))
  t.teardown(close)
  const kept = () => Array.from(db.getKeys({}), key => key.join(' ').trim())
  t.strictSame(kept(), ['Ann', 'Ann 1', 'Bob', 'Bob 2'], 'they lie on the disk until')
  await open(t, 'short')
  t.strictSame(kept(), ['Ann'], 'the next start')
})
