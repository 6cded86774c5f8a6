import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startApp } from '../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir())

/** A service with two routes more: one answers as the test writes it, the other when the test has ended it. */
async function serve(t: Test) {
  const app = await startApp(t, { MODEL_DIR: model })
  const answer = new PassThrough()
  app.get('/slow', async (_request, reply) => reply.type('text/plain').send(answer))
  app.get('/later', async () => text(answer))
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const open = async (): Promise<{ socket: Socket; get: (path: string) => void; said: (pattern: RegExp) => Promise<void> }> => {
    const socket = connect(Number(port), '127.0.0.1')
    let received = ''
    socket.on('data', chunk => (received += chunk))
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return {
      socket,
      get: path => socket.write(`GET ${path} HTTP/1.1\r\nhost: here\r\n\r\n`),
      said: async pattern => {
        while (!pattern.test(received)) await once(socket, 'data')
      }
    }
  }
  return { app, answer, open }
}

const soon = async (closed: Promise<unknown>): Promise<boolean> => Promise.race([closed.then(() => true), sleep(2000, false)])

t.test('a connection is closed soon after the answer that was in flight when the service began to close', async t => {
  const { app, answer, open } = await serve(t)
  const { socket, get, said } = await open()
  get('/slow')
  answer.write('first half')
  await said(/\r\n\r\n[\s\S]*first half/)
  const closed = Promise.all([app.close(), once(socket, 'close')])
  await sleep(200)
  t.notOk(socket.closed, 'what is in flight is waited for')
  answer.end('second half')
  await said(/second half/)
  t.ok(await soon(closed))
})

t.test('a connection on which nothing was asked yet does not hold the service', async t => {
  const { app, open } = await serve(t)
  const { socket } = await open()
  t.ok(await soon(Promise.all([app.close(), once(socket, 'close')])))
})

t.test('an answer that is given while the service closes says that the connection ends', async t => {
  const { app, answer, open } = await serve(t)
  const { get, said } = await open()
  get('/later')
  await sleep(50)
  const closed = app.close()
  await sleep(100)
  answer.end('given')
  await said(/^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*\r\n\r\ngiven/i)
  t.ok(await soon(closed))
})

t.test('while it serves, connections stay open from one answer to the next', async t => {
  const { open } = await serve(t)
  const { socket, get, said } = await open()
  get('/livez')
  await said(/^HTTP\/1\.1 200 (?!.*connection: close)[\s\S]*ok$/i)
  await sleep(200)
  get('/recommend/4')
  await said(/4,5$/)
  t.notOk(socket.closed)
})
