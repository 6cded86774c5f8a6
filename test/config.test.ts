import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import t from 'tap'
import { configSchema, readConfig } from '../src/config.js'
import { isGenerated } from './fixtures/document.js'

t.test('defaults', async t => {
  const { MODEL_DIR, ...config } = readConfig({ PATH: '/bin', npm_config_port: '1' })
  t.match(MODEL_DIR, /[/\\]models[/\\]movielens[/\\]2$/, 'beside the code, wherever it is started')
  t.same(config, {
    HOST: '::',
    PORT: 8082,
    LOG_LEVEL: 'info',
    LOG_URLS: false,
    WORKERS: 1,
    SCORING_THREADS: 1,
    MAX_BATCH: 100,
    MAX_QUEUE: 2048,
    MAX_QUEUE_MS: 1000,
    MAX_EVENT_LOOP_DELAY_MS: 1000,
    REQUEST_TIMEOUT_MS: 10_000,
    HANDLER_TIMEOUT_MS: 20_000,
    SCORING_TIMEOUT_MS: 30_000,
    KEEP_ALIVE_TIMEOUT_MS: 72_000,
    MAX_CONNECTIONS: 4096,
    MAX_UNSENT_BYTES: 33_554_432,
    BODY_LIMIT_BYTES: 262_144,
    MAX_HEADER_BYTES: 16_384,
    API_KEYS: '',
    WRITE_API_KEYS: '',
    HISTORY_STORE: '',
    HISTORY_STORE_TIMEOUT_MS: 50,
    HISTORY_TTL_DAYS: 0,
    BASE_PATH: '',
    CORS_ORIGINS: '',
    RATE_LIMIT_PER_MINUTE: 0,
    TRUST_PROXY: '',
    CACHE_CONTROL: 'private, no-cache',
    CACHE_BYTES: 0,
    METRICS_NAMESPACE: 'movie-recommender',
    SHUTDOWN_DELAY_MS: 0,
    SHUTDOWN_TIMEOUT_MS: 20_000
  })
})

t.test('what is set, counts', async t => {
  t.match(readConfig({ PORT: '0', MODEL_DIR: 'models/mine/2', LOG_LEVEL: 'warn' }), {
    PORT: 0,
    MODEL_DIR: 'models/mine/2',
    LOG_LEVEL: 'warn'
  })
})

t.test('.env.example is the schema: with all of it in force, the settings are the defaults', async t => {
  const settings = Object.entries(configSchema.properties).map(
    ([name, { default: value, description }]) => `\n# ${description}\n#${name}=${value}\n`
  )
  const head = `# Copy this to .env, which the server reads when it starts, and take the # away from what you set. Environment variables
# win over it. Put quotes around a value that has a # in it.\n`
  await isGenerated(t, '.env.example', head + settings.join(''), 'test/config.test.ts')
  const inForce = parseEnv((await readFile('.env.example', 'utf8')).replace(/^#([A-Z_]+=)/gm, '$1')) as Record<string, string>
  t.same(readConfig(inForce), { ...readConfig({}), MODEL_DIR: configSchema.properties.MODEL_DIR.default })
})

t.test('every bad value is refused, by name', async t => {
  for (const [name, schema] of Object.entries(configSchema.properties)) {
    if (schema.type !== 'integer') continue
    const sentence = `${name}: expected a whole number from ${schema.minimum} to ${schema.maximum}, found `
    for (const bad of ['', 'abc', '1e3', '1.5', ' 5', '0x10', String(schema.minimum - 1), String(schema.maximum + 1)]) {
      t.throws(() => readConfig({ [name]: bad }), { message: new RegExp(sentence) }, `${name}=${bad}`)
    }
  }
  t.throws(() => readConfig({ LOG_LEVEL: 'loud' }), { message: /LOG_LEVEL: expected trace, debug, .* or silent, found "loud"/ })
  t.throws(() => readConfig({ HOST: '' }), { message: /HOST: expected a text of at least 1 character/ })
  t.throws(() => readConfig({ MODEL_DIR: '' }), { message: /MODEL_DIR: expected a text of at least 1 character/ })
})

t.test('lists take good entries only, and a secret is not repeated', async t => {
  const key = 'k'.repeat(16)
  t.match(readConfig({ API_KEYS: `${key}, ${key}2`, CORS_ORIGINS: '*', TRUST_PROXY: '10.0.0.0/8,::1' }), { TRUST_PROXY: '10.0.0.0/8,::1' })
  for (const bad of ['short', `${key},`, `${key},two words of a secret`]) {
    t.throws(
      () => readConfig({ API_KEYS: bad }),
      { message: /API_KEYS: expected keys of 16 to 200 printable characters, joined by commas$/ },
      bad
    )
  }
  for (const bad of ['example.com', 'https://example.com/path', 'https://a.com;https://b.com']) {
    t.throws(() => readConfig({ CORS_ORIGINS: bad }), { message: /CORS_ORIGINS: expected origins such as https:\/\/example\.com/ }, bad)
  }
  for (const bad of ['1', 'true', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/8/8', 'proxy.local']) {
    t.throws(() => readConfig({ TRUST_PROXY: bad }), { message: /TRUST_PROXY: expected addresses or networks such as 10\.0\.0\.0\/8/ }, bad)
  }
  t.throws(() => readConfig({ CACHE_CONTROL: 'public\r\nx: y' }), { message: /CACHE_CONTROL: / })
})

t.test('a store of a kind that nobody knows is refused, and its password not repeated', async t => {
  for (const good of ['file:./data', 'file:/data', 'redis://host', 'rediss://:secret@host:6380/1', 'dynamodb://table?region=eu-central-1'])
    t.equal(readConfig({ HISTORY_STORE: good }).HISTORY_STORE, good)
  for (const good of ['redis://me:a%40b%2F@[::1]:6379/', 'redis://:%3F@host/15'])
    t.equal(readConfig({ HISTORY_STORE: good }).HISTORY_STORE, good)
  const badRedis = ['p@ss@host', ':p/s@host', ':p?s@host', ':p#s@host', 'host?password=secret', 'host/films', 'host/1.5', 'me:secret@']
  for (const bad of ['postgres://me:secret@host', 'file:', 'redis:host', './data', 'file:a b', ...badRedis.map(rest => `redis://${rest}`)])
    t.throws(
      () => readConfig({ HISTORY_STORE: bad }),
      { message: /HISTORY_STORE: expected .*`file:\.\/data\/histories`, `redis:[^]*Empty keeps none\.$/ },
      bad
    )
})

t.test('all bad values are named at once', async t => {
  t.throws(() => readConfig({ PORT: 'x', MAX_BATCH: '0', LOG_LEVEL: 'loud' }), { message: /PORT: .*\n.*LOG_LEVEL: .*\n.*MAX_BATCH: / })
})
