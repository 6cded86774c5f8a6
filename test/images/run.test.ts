// The images, run as anybody might run them: with nothing told, nothing writable and no network at all, asked from inside.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Container, container, FUNCTION_IMAGE, likeLambda, say, SERVER_IMAGE, skip } from '../fixtures/containers.js'
import { events } from '../fixtures/events.js'
import { freePort } from '../fixtures/free-port.js'
import { until } from '../fixtures/load-balancer.js'
import { SLOWEST_MS, traffic } from '../fixtures/traffic.js'

interface Answer {
  status: number
  body: string
}

t.test('the server', { skip }, async t => {
  const running = await container(t, SERVER_IMAGE, {}, { memory: '512m', network: 'none' })
  const get = (path: string): Promise<Answer> => fetchInside(running, `http://127.0.0.1:8082${path}`)
  const healthcheck = async (...options: string[]): Promise<boolean> => {
    const [, ...command] = JSON.parse(await say('image', 'inspect', '--format', '{{json .Config.Healthcheck.Test}}', SERVER_IMAGE))
    return succeeds(running.exec(command, ...options))
  }

  await t.test('is healthy before the grace of its own HEALTHCHECK ends', async t => {
    await until(healthcheck, 10_000)
    t.pass(`after ${Date.now() - running.startedAt} ms`)
    t.notOk(await healthcheck('--env', 'PORT=1'), 'which fails where nothing answers')
  })

  await t.test('answers without a network', async t => {
    t.equal((await get('/')).status, 200)
    t.match(await get('/recommend/42'), { status: 200, body: /^(\d+,){9}\d+\n?$/ })
    t.equal((await get('/no/such/path')).status, 404)
  })

  await t.test('is nobody special and can write nothing', async t => {
    const status = await readInside(running, '/proc/1/status')
    t.match(status, /^Uid:\t1000\t1000\t1000\t1000$/m)
    t.match(status, /^Cap(Eff|Prm|Bnd):\t0+$/m)
    t.match(status, /^NoNewPrivs:\t1$/m)
    for (const dir of ['/app', '/tmp', '/home/node']) {
      const write = running.exec(['node', '-e', `require('fs').writeFileSync('${dir}/x', '')`])
      await t.rejects(write, { message: /EROFS|EACCES/ }, dir)
    }
  })

  await t.test('has room for the objects of many requests, which V8 would not give it in so little memory', async t => {
    const options = (await readInside(running, '/proc/1/cmdline')).split('\0').filter(word => word.startsWith('--'))
    const heap = Number(await running.exec(['node', ...options, '-p', 'v8.getHeapStatistics().heap_size_limit / 2 ** 20']))
    t.ok(heap > 256 + 2 * 16, `${heap} MB, of which 256 are for old objects`)
  })

  await t.test('tries to reach nothing outside', t => triesNothingOutside(t, running))
})

t.test('the server ends at a SIGTERM under requests soon, by itself, and cuts none of them off', { skip }, async t => {
  const port = await freePort()
  const { stop } = await container(t, SERVER_IMAGE, { PORT: `${port}` }, { memory: '512m' })
  const url = `http://127.0.0.1:${port}`
  await until(() => succeeds(fetch(url)), 10_000)
  const people = traffic(t, url)
  await sleep(SLOWEST_MS)
  const { sent, inFlight } = people
  const { code, ms } = await stop(5)
  t.equal(code, 0, `after ${ms} ms`)
  t.ok(inFlight > 0, `${inFlight} were in flight`)
  // What is sent to it later is refused, and not its to answer.
  t.same(
    (await people.end()).filter(({ request }) => request < sent),
    [],
    `of ${sent} requests`
  )
})

t.test('the function', { skip }, async t => {
  const running = await container(t, FUNCTION_IMAGE, {}, { ...likeLambda, network: 'none' })
  const emulator = 'http://127.0.0.1:8080'
  const invoke = async (path: string): Promise<{ statusCode: number; body: string }> => {
    const event = JSON.stringify(events['HTTP API']({ path }))
    return JSON.parse((await fetchInside(running, `${emulator}/2015-03-31/functions/function/invocations`, event)).body)
  }
  await until(() => succeeds(fetchInside(running, emulator)), 10_000)

  await t.test('answers without a network, through the emulator of its base, to a user that the image does not know', async t => {
    t.match(await invoke('/recommend/42'), { statusCode: 200, body: /^(\d+,){9}\d+\n?$/ })
    t.equal((await invoke('/no/such/path')).statusCode, 404)
  })

  await t.test('tries to reach nothing outside', t => triesNothingOutside(t, running))
})

const succeeds = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false
  )

/** Without a network there is no way to send anything outside; the kernel counts who tries. */
async function triesNothingOutside(t: Test, running: Container): Promise<void> {
  const tries = async (): Promise<number> => {
    const [names, values] = (await readInside(running, '/proc/net/snmp')).split('\n').map(line => line.split(' '))
    const v4 = Number(values[names.indexOf('OutNoRoutes')])
    const v6 = Number((await readInside(running, '/proc/net/snmp6')).match(/^Ip6OutNoRoutes\s+(\d+)/m)?.[1] ?? 0)
    return v4 + v6
  }
  t.equal(await tries(), 0)
  t.notMatch(await running.do('logs'), /telemetry/i)
  await fetchInside(running, 'http://192.0.2.1').catch(() => {})
  t.ok((await tries()) > 0, 'one try counts')
}

const readInside = (running: Container, path: string): Promise<string> =>
  running.exec(['node', '-p', `require('fs').readFileSync('${path}', 'utf8')`])

/** A request from inside of a container, the way in where it has no network. */
async function fetchInside(running: Container, url: string, body?: string): Promise<Answer> {
  const send = `fetch(${JSON.stringify(url)}, ${JSON.stringify(body ? { method: 'POST', body } : {})})`
  const print = 'async answer => console.log(JSON.stringify({ status: answer.status, body: await answer.text() }))'
  return JSON.parse(await running.exec(['node', '-e', `${send}.then(${print})`]))
}
