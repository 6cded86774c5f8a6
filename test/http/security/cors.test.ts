import t from 'tap'
import { readConfig } from '../../../src/config.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors, server } from '../../fixtures/doors.js'

const CORS_ORIGINS = 'https://*.example.com,http://*.dev.local.test:8080,https://exact.example.org'
const model = await trainCheckerboard(t.testdir())
const ways = await doors(t, model, { CORS_ORIGINS })
const withKey = await doors(t, model, { CORS_ORIGINS: 'https://a.example,https://b.example', API_KEYS: 'a-key-of-some-length' })

for (const [door, send] of Object.entries(ways)) {
  const allowed = async (origin: string) =>
    (await send({ path: '/popular', headers: { origin } })).headers['access-control-allow-origin'] === origin

  t.test(`a wildcard is every subdomain by ${door}`, async t => {
    for (const origin of [
      'https://a.example.com',
      'https://a.b.example.com',
      'https://a-b.example.com',
      'https://xn--bcher-kva.example.com',
      'http://a.dev.local.test:8080',
      'https://exact.example.org'
    ])
      t.ok(await allowed(origin), origin)
  })

  t.test(`and nothing else by ${door}`, async t => {
    for (const origin of [
      'https://example.com',
      'https://.example.com',
      'https://a..example.com',
      'https://evilexample.com',
      'https://a.example.com.evil.org',
      'https://a.exampleXcom',
      'https://evil.org/.example.com',
      'https://evil.org#.example.com',
      'https://evil.org\\.example.com',
      'https://u:p@a.example.com',
      'http://a.example.com',
      'https://a.example.com:8443',
      'http://a.dev.local.test',
      'https://a.exact.example.org',
      'xhttps://a.example.com',
      'null'
    ])
      t.notOk(await allowed(origin), origin)
  })
}

t.test('what can never match, or would be everybody, is refused at the start', async t => {
  for (const bad of [
    'https://*',
    'https://*.com',
    'https://*.localhost',
    'https://*.*.example.com',
    'https://a*.example.com',
    'https://a.*.example.com',
    'https://*.1.2.3.4',
    'https://*.[::1]',
    'https://*.example.com/',
    'https://*.example.com:*',
    'https://*.Example.com',
    '*.example.com'
  ])
    t.throws(
      () => readConfig({ CORS_ORIGINS: bad }),
      { message: /CORS_ORIGINS: expected origins such as .* or https:\/\/\*\.example\.com/ },
      bad
    )
})

for (const [door, send] of Object.entries(withKey)) {
  t.test(`CORS by ${door}`, async t => {
    t.test('lets the pages of the origins named ask, and read what they need', async t => {
      const preflight = {
        path: '/recommend',
        method: 'OPTIONS',
        headers: {
          origin: 'https://b.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type'
        }
      }
      t.match(await send(preflight), {
        status: 204,
        body: '',
        headers: {
          'access-control-allow-origin': 'https://b.example',
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
          'access-control-allow-headers': 'authorization,content-type',
          'access-control-max-age': '600'
        }
      })
      const { headers } = await send({
        path: '/popular',
        headers: { origin: 'https://a.example', authorization: 'Bearer a-key-of-some-length' }
      })
      t.match(headers, {
        'access-control-allow-origin': 'https://a.example',
        'access-control-expose-headers':
          'etag, retry-after, x-model-version, x-recommendation-history, x-recommendation-source, x-request-id'
      })
      const preflightOfOther = { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } }
      t.equal((await send(preflightOfOther)).headers['access-control-allow-origin'], undefined)
    })
    t.test('and takes an OPTIONS that asks for nothing for one, too', async t => {
      t.match(await send({ path: '/popular', method: 'OPTIONS', headers: { origin: 'https://a.example' } }), { status: 204, body: '' })
    })
    t.test('and tells caches that the answer depends on the origin, too', async t => {
      for (const path of ['/popular', '/']) {
        const { headers } = await send({ path, headers: { origin: 'https://a.example', authorization: 'Bearer a-key-of-some-length' } })
        t.match(headers.vary, /Origin, accept/i, path)
      }
    })
    t.test('names no other origin', async t => {
      const { headers } = await send({ path: '/popular', headers: { origin: 'https://evil.example' } })
      t.equal(headers['access-control-allow-origin'], undefined)
    })
  })
}

t.test('with * every page may ask', async t => {
  const send = await server(t, { MODEL_DIR: model, LOG_LEVEL: 'silent', CORS_ORIGINS: 'https://a.example,*' })
  t.match((await send({ path: '/popular', headers: { origin: 'https://any.example' } })).headers, { 'access-control-allow-origin': '*' })
})
