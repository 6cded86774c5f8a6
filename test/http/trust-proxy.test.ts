import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { type LambdaAnswer, startApp, startFunction } from '../fixtures/doors.js'
import { context, events } from '../fixtures/events.js'

const settings = { MODEL_DIR: await trainCheckerboard(t.testdir()), LOG_LEVEL: 'silent', METRICS_NAMESPACE: '', RATE_LIMIT_PER_MINUTE: '1' }

const ALB = '10.0.3.7'
const CLOUDFRONT = '130.176.5.5'
/** Where a client's request comes from, and what `X-Forwarded-For` says by then. */
type Way = (client: string, claimed: string) => { peer: string; forwarded: string[] }

/** Every row of the table in docs/http.md: what stands in front, its value, and the way a request takes. */
const ROWS: [front: string, trusted: string, way: Way, door: 'server' | 'REST API' | 'HTTP API' | 'ALB'][] = [
  ['nobody', '', (client, claimed) => ({ peer: client, forwarded: [claimed] }), 'server'],
  ['nginx on the same machine', '127.0.0.1,::1', (client, claimed) => ({ peer: '127.0.0.1', forwarded: [claimed, client] }), 'server'],
  ['nginx on the same machine', '127.0.0.1,::1', (client, claimed) => ({ peer: '::1', forwarded: [claimed, client] }), 'server'],
  [
    'nginx on the same machine',
    '127.0.0.1,::1',
    (client, claimed) => ({ peer: '::ffff:127.0.0.1', forwarded: [claimed, client] }),
    'server'
  ],
  [
    'a proxy in a container network',
    '172.16.0.0/12',
    (client, claimed) => ({ peer: '172.18.0.2', forwarded: [claimed, client] }),
    'server'
  ],
  ['an ALB in front of a server', '10.0.0.0/16', (client, claimed) => ({ peer: ALB, forwarded: [claimed, client] }), 'server'],
  ['an ALB in front of a server', '10.0.0.0/16', (client, claimed) => ({ peer: `::ffff:${ALB}`, forwarded: [claimed, client] }), 'server'],
  [
    'CloudFront and an ALB in front of a server',
    '10.0.0.0/16,130.176.0.0/16',
    (client, claimed) => ({ peer: ALB, forwarded: [claimed, client, CLOUDFRONT] }),
    'server'
  ],
  ['API Gateway or a Function URL', '', (client, claimed) => ({ peer: client, forwarded: [claimed, client] }), 'REST API'],
  ['API Gateway or a Function URL', '', (client, claimed) => ({ peer: client, forwarded: [claimed, client] }), 'HTTP API'],
  [
    'CloudFront, then API Gateway or a Function URL',
    '130.176.0.0/16',
    (client, claimed) => ({ peer: CLOUDFRONT, forwarded: [claimed, client, CLOUDFRONT] }),
    'HTTP API'
  ],
  ['an ALB in front of Lambda', '', (client, claimed) => ({ peer: '', forwarded: [claimed, client] }), 'ALB'],
  [
    'CloudFront and an ALB in front of Lambda',
    '130.176.0.0/16',
    (client, claimed) => ({ peer: '', forwarded: [claimed, client, CLOUDFRONT] }),
    'ALB'
  ]
]

/** Sends one request that way, and gives its status. */
async function sender(t: Test, door: string, trusted: string): Promise<(peer: string, forwarded: string[]) => Promise<number>> {
  const headersOf = (forwarded: string[]) => ({ 'x-forwarded-for': forwarded.filter(Boolean).join(', ') })
  if (door === 'server') {
    const app = await startApp(t, { ...settings, TRUST_PROXY: trusted })
    return async (peer, forwarded) => (await app.inject({ url: '/popular', remoteAddress: peer, headers: headersOf(forwarded) })).statusCode
  }
  const handler = await startFunction({ ...settings, TRUST_PROXY: trusted })
  return async (peer, forwarded) => {
    const event = JSON.stringify(events[door]({ path: '/popular', headers: headersOf(forwarded) })).replace('203.0.113.9', peer)
    return ((await handler(JSON.parse(event), context)) as LambdaAnswer).statusCode
  }
}

for (const [front, trusted, way, door] of ROWS) {
  t.test(`behind ${front} (${door}), each client is counted for itself, whatever it claims`, async t => {
    const send = await sender(t, door, trusted)
    const from = (client: string, claimed = '') => {
      const { peer, forwarded } = way(client, claimed)
      return send(peer, forwarded)
    }
    t.same([await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')], [200, 200, 429])
    t.equal(await from('203.0.113.1', '198.51.100.7'), 429, 'a claim makes nobody another client')
    t.equal(await from('203.0.113.3', '203.0.113.1'), 200, 'and nobody pays for a claim about them')
  })
}

t.test('the table in docs/http.md has these rows and values', async t => {
  const [, table] = /<!-- trust-proxy -->([\s\S]*)<!-- \/trust-proxy -->/.exec(readFileSync('docs/http.md', 'utf8')) ?? []
  const rows = [...table.matchAll(/^\| ([^|`]+) \| (?:\(empty\)|`([^`]+)`)/gm)].map(([, front, value = '']) => `${front}: ${value}`)
  const [, ...values] = rows
  t.same(values, [...new Set(ROWS.map(([front, trusted]) => `${front}: ${trusted}`))])
})
