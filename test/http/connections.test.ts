import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { type Child, startNode } from '../fixtures/child.js'
import { memoryLimit } from '../fixtures/memory-limit.js'
import { v8Options } from '../fixtures/shipped.js'

const model = await trainCheckerboard(t.testdir())
/** Thousands of movies: answers can be long. */
const DEFAULT_MODEL = 'models/movielens/2'

/** A real server of its own process: what it may hold is a matter of processes. */
async function serve(
  t: Test,
  env: Record<string, string> = {},
  { dir = model, limit, options = [] }: { dir?: string; limit?: ReturnType<typeof memoryLimit>; options?: string[] } = {}
): Promise<{ child: Child; port: number }> {
  const child = startNode(t, [...options, 'dist/server.js'], { HOST: '127.0.0.1', PORT: '0', MODEL_DIR: dir, ...env })
  limit?.add(child.process.pid as number)
  const [, port] = await child.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/)
  return { child, port: Number(port) }
}

/** A bare connection, and all that comes over it. */
function open(t: Test, port: number): { socket: Socket; received: () => string; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => socket.destroy())
  let text = ''
  socket.on('data', chunk => (text += chunk))
  return { socket, received: () => text, closed: once(socket, 'close') }
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: here\r\n${headers}\r\n`
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

async function waitFor(condition: () => boolean, ms = 10_000): Promise<void> {
  for (const until = performance.now() + ms; !condition();) {
    if (performance.now() > until) throw new Error(`waited ${ms} ms in vain for ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const statusesOf = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)

t.test('requests that are sent ahead are answered in their order', async t => {
  const { port } = await serve(t)
  const { socket, received } = open(t, port)
  socket.write(Array.from({ length: 10 }, (_, i) => get(`/recommend/${i + 1}?n=1`)).join(''))
  await waitFor(() => statusesOf(received()).length === 10)
  const answers = [...received().matchAll(/\r\n\r\n(\d+)/g)].map(([, movie]) => movie)
  t.same(answers, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'], 'everybody is offered the movie of their own number')
})

t.test('a connection that sends too many ahead is closed, and nobody else notices', async t => {
  const { port } = await serve(t)
  const { socket, closed } = open(t, port)
  socket.write(get('/recommend/4').repeat(900))
  await closed
  t.equal((await fetch(`http://127.0.0.1:${port}/recommend/4`)).status, 200)
})

const ENOUGH_MB = 320

t.test(`${ENOUGH_MB} MB are enough when clients ask for much and read nothing`, async t => {
  const users = Array.from({ length: 100 }, (_, i) => i + 1)
  const attacks = {
    'the largest file, 900 times on one connection': { connections: 1, request: get('/docs/swagger-ui-bundle.js').repeat(900) },
    'the OpenAPI document on 100 connections': { connections: 100, request: get('/openapi.json').repeat(16) },
    'long lists as JSON': { connections: 120, request: get('/recommend/42?n=500', 'Accept: application/json\r\n').repeat(16) },
    'batches of 100 long lists': { connections: 120, request: post('/recommend/batch', JSON.stringify({ users, n: 500 })) }
  }
  const limit = memoryLimit(t, ENOUGH_MB * 1024 * 1024)
  if (!limit) {
    t.comment('skipped: no control group can be made here')
    return
  }
  for (const [name, { connections, request }] of Object.entries(attacks)) {
    t.test(name, async t => {
      const { child, port } = await serve(t, {}, { limit, dir: DEFAULT_MODEL, options: v8Options() })
      const crowd = Array.from({ length: connections }, () => open(t, port))
      for (const { socket } of crowd) socket.pause().write(request)
      for (let i = 0; i < 10; i++) {
        await new Promise(resolve => setTimeout(resolve, 200))
        t.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
      }
      for (const { socket } of crowd) socket.destroy()
      child.process.kill('SIGTERM')
      t.match(await child.ended, { code: 0 }, 'it has not been killed')
    })
  }
})

t.test('REQUEST_TIMEOUT_MS bounds headers, a body, and both together', async t => {
  const { port } = await serve(t, { REQUEST_TIMEOUT_MS: '1000' })
  const beginnings = {
    'half the headers': 'POST /recommend HTTP/1.1\r\nHost: here\r\n',
    'half the body': 'POST /recommend HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"history":'
  }
  for (const [name, beginning] of Object.entries(beginnings)) {
    const start = performance.now()
    const { socket, received, closed } = open(t, port)
    socket.write(beginning)
    await closed
    t.match(received(), /^HTTP\/1\.1 408 /, name)
    t.ok(performance.now() - start < 5000, `${name}: given up after ${Math.round(performance.now() - start)} ms`)
  }
  const start = performance.now()
  const { socket, received } = open(t, port)
  const [head, body] = post('/recommend', '{"history":[4,6,8]}').split('\r\n\r\n')
  const trickle = [...`${head}\r\n\r\n${body}`.matchAll(/[^]{1,12}/g)].map(([piece]) => piece)
  const timer = setInterval(() => socket.write(trickle.shift() ?? ''), 250)
  t.teardown(() => clearInterval(timer))
  await waitFor(() => received() !== '')
  t.match(received(), /^HTTP\/1\.1 408 /, 'a body that comes drop by drop')
  t.ok(performance.now() - start < 5000)
})

t.test('without free file descriptors it refuses connections, says so once, and lives on', async t => {
  const child = startNode(
    t,
    ['-e', "require('child_process').spawn('sh', ['-c', 'ulimit -n 256; exec node dist/server.js'], { stdio: 'inherit' })"],
    {
      MODEL_DIR: model,
      HOST: '127.0.0.1',
      PORT: '0'
    }
  )
  const [, pid] = await child.says(/"pid":(\d+)/)
  t.teardown(() => process.kill(Number(pid), 'SIGKILL'))
  const [, port] = await child.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/)
  const first = open(t, Number(port))
  first.socket.write(get('/recommend/4'))
  await waitFor(() => statusesOf(first.received()).length === 1)
  const crowd = Array.from({ length: 400 }, () => open(t, Number(port)))
  const [, said] = await child.says(/(\d+ connections are open, as many as may be)/)
  t.match(said, /^192 /, '256, less 64 for files and the like')
  await new Promise(resolve => setTimeout(resolve, 1500))
  first.socket.write(get('/recommend/4') + get('/metrics'))
  await waitFor(() => statusesOf(first.received()).length === 3)
  t.same(statusesOf(first.received()), ['200', '200', '200'], 'who is connected is served')
  for (const { socket } of crowd) socket.destroy()
  await waitFor(() => first.received().includes('nodejs_'))
  await new Promise(resolve => setTimeout(resolve, 200))
  t.equal((await fetch(`http://127.0.0.1:${port}/recommend/4`)).status, 200, 'and when they leave, others are')
})

t.test('MAX_CONNECTIONS bounds connections below that', async t => {
  const { child, port } = await serve(t, { MAX_CONNECTIONS: '3' })
  const three = Array.from({ length: 3 }, () => open(t, port))
  for (const { socket } of three) await once(socket, 'connect')
  await open(t, port).closed
  await child.says(/3 connections are open/)
  three[0].socket.write(get('/livez'))
  await waitFor(() => statusesOf(three[0].received())[0] === '200')
  t.pass('the fourth is closed, the first is answered')
})

t.test('MAX_UNSENT_BYTES closes the connection that has not read for the longest time', async t => {
  const { port } = await serve(t, { MAX_UNSENT_BYTES: '1048576' })
  const idle = open(t, port)
  // 16 files of 1.4 MB: more than the kernel takes for somebody who does not read
  idle.socket.pause().write(get('/docs/swagger-ui-bundle.js').repeat(16))
  await new Promise(resolve => setTimeout(resolve, 500))
  t.equal((await fetch(`http://127.0.0.1:${port}/docs/swagger-ui-bundle.js`)).status, 200)
  idle.socket.resume()
  await idle.closed
  t.ok(statusesOf(idle.received()).length < 16, 'who read nothing does not get it all')
})
