import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { type Child, startNode } from './fixtures/child.js'
import { freePort } from './fixtures/free-port.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())
const hasIpv6 = Object.values(networkInterfaces()).some(addresses => addresses?.some(({ address }) => address === '::1'))

async function start(t: Test, env: Record<string, string> = {}, args: string[] = []): Promise<{ child: Child; port: number }> {
  const port = await freePort()
  return { child: startNode(t, [...args, 'dist/server.js'], { MODEL_DIR, PORT: `${port}`, ...env }), port }
}

const status = (host: string, port: number): Promise<number | string> =>
  new Promise(resolve => {
    get({ host, port, path: '/livez', agent: false }, response => resolve(response.resume().statusCode ?? 0)).on(
      'error',
      ({ code }: NodeJS.ErrnoException) => resolve(code ?? '')
    )
  })

/** As node's preload: a host whose kernel has no IPv6 refuses to bind `::`, with this code. */
const withoutIpv6 = (code: string): string[] => [
  '--import',
  `data:text/javascript,import { Server } from 'node:net'; const { listen } = Server.prototype; Server.prototype.listen = function (options, ...rest) { if (!String(options.host).includes(':')) return listen.call(this, options, ...rest); process.nextTick(() => this.emit('error', Object.assign(new Error('listen ${code}'), { code: '${code}' }))); return this }`
]

t.test('by default it listens on both families, and says so', { skip: !hasIpv6 && 'this host has no IPv6' }, async t => {
  const { child, port } = await start(t)
  await child.says(new RegExp(`listening on http://localhost:${port}: .*curl localhost:${port}/recommend/42`))
  for (const host of ['127.0.0.1', '::1', 'localhost']) t.equal(await status(host, port), 200, host)
})

t.test('without IPv6 it listens on IPv4, and says so', async t => {
  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
    const { child, port } = await start(t, {}, withoutIpv6(code))
    await child.says(new RegExp(`listening on http://127\\.0\\.0\\.1:${port}`))
    t.equal(await status('127.0.0.1', port), 200)
    child.process.kill('SIGTERM')
    t.match(await child.ended, { code: 0, err: '' })
  }
})

t.test('an address that was asked for is taken as it is, or not at all', async t => {
  const v4 = await start(t, { HOST: '0.0.0.0' })
  await v4.child.says(/listening/)
  t.equal(await status('127.0.0.1', v4.port), 200)
  t.equal(await status('::1', v4.port), hasIpv6 ? 'ECONNREFUSED' : 'EADDRNOTAVAIL')
  const { child } = await start(t, { HOST: '::1' }, withoutIpv6('EADDRNOTAVAIL'))
  t.match(await child.ended, { code: 1, err: /cannot start\. listen EADDRNOTAVAIL/ })
})

t.test('a taken port is said as it is on both families', async t => {
  const first = await start(t)
  await first.child.says(/listening/)
  const second = startNode(t, ['dist/server.js'], { MODEL_DIR, PORT: `${first.port}` })
  t.match(await second.ended, { code: 1, err: /EADDRINUSE.*Set PORT to a free one/ })
})

t.test("the image's health check finds it on every address, and on those of IPv4", async t => {
  const [, script] = /HEALTHCHECK[\s\S]*?CMD \["node", "-e", "(.*)"\]/.exec(readFileSync('Dockerfile', 'utf8')) ?? []
  for (const HOST of ['::', '0.0.0.0', '127.0.0.1']) {
    const { child, port } = await start(t, { HOST, BASE_PATH: '/movies' })
    await child.says(/listening/)
    t.match(await startNode(t, ['-e', script], { PORT: `${port}` }).ended, { code: 0 }, HOST)
    child.process.kill('SIGTERM')
    await child.ended
    t.match(await startNode(t, ['-e', script], { PORT: `${port}` }).ended, { code: 1 }, 'and misses it when it is gone')
  }
})
