import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openStore, STORE_URL } from '../../src/histories/open-store.js'
import { lendAwsKeys } from '../fixtures/aws-keys.js'
import { freePort } from '../fixtures/free-port.js'
import { startRedis } from '../fixtures/redis.js'

const refuses = (url: string): Promise<string> =>
  openStore(url, 0, 'HISTORY_STORE').then(
    async ({ store, unreachable }) => {
      await store.close()
      return `opened, ${unreachable?.message}`
    },
    error => error.message
  )

t.test('a folder may be named from the working directory, and with a dot and a space in its name', async t => {
  const dir = t.testdir()
  const before = process.cwd()
  process.chdir(dir)
  t.teardown(() => process.chdir(before))
  for (const url of ['file:./data/v1.5', 'file:plain', `file:${join(dir, 'a%20b')}`, `file://${dir}/slashes`]) {
    const { store } = await openStore(url, 0, 'HISTORY_STORE')
    await store.write('Ann', { movieId: '1', time: 1 })
    await store.close()
  }
  for (const path of ['data/v1.5', 'plain', 'a b', 'slashes']) {
    const { store } = await openStore(`file:./${encodeURI(path)}`, 0, 'HISTORY_STORE')
    t.match(await store.read(['Ann']), [{ ratings: [{ movieId: '1' }] }], path)
    await store.close()
  }
})

t.test('a folder that cannot be one is refused in a sentence', async t => {
  const file = join(t.testdir(), 'file')
  await writeFile(file, '')
  t.match(
    await refuses(`file:${file}`),
    /^HISTORY_STORE: file:.* cannot be used: EEXIST.*\. Expected a folder that this process may make and write\.$/
  )
  t.match(await refuses(`file:${file}/below`), /cannot be used: ENOTDIR/)
})

t.test('a URL of no store is refused in a sentence that does not repeat it', async t => {
  for (const url of ['', 'valkey://:secret@host', 'redis://:sec/ret@host'])
    t.equal(await refuses(url), `HISTORY_STORE: expected ${STORE_URL.description}`, url)
})

t.test('a Redis that refuses is refused in a sentence without its password', async t => {
  const redis = await startRedis(t, ['--requirepass', 'right'])
  if (!redis) return void t.pass('skipped: no redis-server', { skip: true })
  const { host } = new URL(redis.url)
  const sentence = await refuses(`redis://default:wrong-password@${host}`)
  t.match(sentence, /^HISTORY_STORE: redis:\/\/127\.0\.0\.1:\d+ cannot be used: WRONGPASS .* Expected redis:\/\/USER:PASSWORD@HOST:PORT/)
  t.notMatch(sentence, /wrong-password/)
  t.match(await refuses(redis.url), /cannot be used: NOAUTH/)
  t.match(await refuses(`redis://:right@${host}/99`), /cannot be used: ERR DB index is out of range/)
  t.match(
    await refuses(`redis://:50%off@${host}`),
    /^HISTORY_STORE: redis:\/\/127\S+ cannot be used: URI malformed\. Expected .*, percent-encoded/
  )
  for (const login of [':right', 'default:%72ight']) t.equal(await refuses(`redis://${login}@${host}`), 'opened, undefined')
})

t.test('what cannot be reached is opened, and says why', async t => {
  t.match(await refuses(`redis://127.0.0.1:${await freePort()}`), /^opened, connect ECONNREFUSED/)
  t.match(await refuses('redis://nowhere.invalid'), /^opened, getaddrinfo E/)
  const redis = await startRedis(t)
  redis?.signal('SIGSTOP')
  if (redis) t.match(await refuses(redis.url), /^opened, (there is no connection|Socket timeout)/, 'one that hangs')
  lendAwsKeys(t)
  t.match(
    await refuses(`dynamodb://table?region=eu-central-1&endpoint=http://127.0.0.1:${await freePort()}`),
    /^opened, connect ECONNREFUSED/
  )
})
