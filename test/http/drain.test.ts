import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startService } from '../fixtures/service.js'
import { steadyClients } from '../fixtures/steady-clients.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

/** A connection on which one request has been answered. */
async function open(t: Test, port: number): Promise<{ socket: Socket; send(): Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const send = async (): Promise<string> => {
    socket.write('GET /recommend/4 HTTP/1.1\r\nhost: here\r\n\r\n')
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer]
    return answer.toString()
  }
  t.match(await send(), /^HTTP\/1\.1 200 /)
  return { socket, send }
}

t.test('a stop under load loses no request on a connection that was in use', async t => {
  let sent = 0
  for (let stop = 0; stop < 5; stop++) {
    const { child, port } = await startService(t, { MODEL_DIR })
    const clients = steadyClients(port, 40)
    await sleep(1000 + 13 * stop)
    child.process.kill('SIGTERM')
    t.match(await child.ended, { code: 0, signal: null })
    const tally = await clients
    const lost = tally.lost.filter(({ reused }) => reused)
    t.same(lost, [], `stop ${stop}`)
    sent += tally.sent
  }
  t.ok(sent > 500, `${sent} requests were sent`)
})

t.test('a connection that was idle when the stop began is answered once more, and told that it ends', async t => {
  const { child, port } = await startService(t, { MODEL_DIR })
  const { socket, send } = await open(t, port)
  child.process.kill('SIGTERM')
  await child.says(/closing after SIGTERM/)
  await sleep(300)
  t.match(await send(), /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*4,5$/)
  await once(socket, 'close')
  t.match(await child.ended, { code: 0 })
})

t.test('connections that stay idle hold up a stop for a second, whether something was ever asked on them or not', async t => {
  const { child, port } = await startService(t, { MODEL_DIR })
  const unused = connect(port, '127.0.0.1')
  await once(unused, 'connect')
  const { socket } = await open(t, port)
  const start = performance.now()
  child.process.kill('SIGTERM')
  t.match(await child.ended, { code: 0, signal: null })
  t.ok(performance.now() - start < 10_000, 'long before the time for a stop is up')
  for (const connection of [unused, socket]) if (!connection.closed) await once(connection, 'close')
})

t.test('nobody connects any more once the stop has begun', async t => {
  const { child, port } = await startService(t, { MODEL_DIR })
  await open(t, port)
  child.process.kill('SIGTERM')
  await child.says(/closing after SIGTERM/)
  await sleep(200)
  const [{ code }] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
  t.equal(code, 'ECONNREFUSED')
})
