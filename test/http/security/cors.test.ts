import t from 'tap'
import { readConfig } from '../../../src/config.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors } from '../../fixtures/doors.js'

const CORS_ORIGINS = 'https://*.example.com,http://*.dev.local.test:8080,https://exact.example.org'
const ways = await doors(t, await trainCheckerboard(t.testdir()), { CORS_ORIGINS })

for (const [door, ask] of Object.entries(ways)) {
  const allowed = async (origin: string) =>
    (await ask({ path: '/popular', headers: { origin } })).headers['access-control-allow-origin'] === origin

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
