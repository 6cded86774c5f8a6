import { once } from 'node:events'
import { cpSync, realpathSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { type Child, startNode } from './fixtures/child.js'

const model = await trainCheckerboard(t.testdir())

/** The npm that comes with this Node, wherever that is. */
const npmCli = (): string => process.env.npm_execpath ?? realpathSync(join(dirname(process.execPath), 'npm'))

const start = (t: Test, env: Record<string, string> = {}): Child =>
  startNode(t, ['dist/server.js'], { MODEL_DIR: model, HOST: '127.0.0.1', PORT: '0', ...env })

async function listening(t: Test, env: Record<string, string> = {}): Promise<{ child: Child; port: number }> {
  const child = start(t, env)
  const [, port] = await child.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/)
  return { child, port: Number(port) }
}

/** One request over a connection that stays open. */
const ask = (port: number, path: string, agent?: Agent): Promise<{ status?: number; body: string; connection?: string }> =>
  new Promise((resolve, reject) => {
    get({ port, path, agent }, response => {
      let body = ''
      response.on('data', chunk => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body, connection: response.headers.connection }))
      response.on('error', reject)
    }).on('error', reject)
  })

t.test('starts, prints a line to try, and answers it', async t => {
  const { child, port } = await listening(t)
  await child.says(new RegExp(`try: curl localhost:${port}/recommend/42`))
  t.match(await ask(port, '/recommend/4'), { status: 200, body: '4,5' })
})

t.test('logs a JSON object a line, and one line a request', async t => {
  const { child, port } = await listening(t)
  await fetch(`http://127.0.0.1:${port}/recommend/4`, { headers: { 'x-request-id': 'find-me' } })
  await child.says(/find-me/)
  child.process.kill('SIGTERM')
  const lines = (await child.ended).out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const mine = lines.filter(({ requestId }) => requestId === 'find-me')
  t.match(mine, [{ method: 'GET', route: '/recommend/:userId', status: 200, ms: Number }])
  t.equal(mine.length, 1)
})

t.test('SIGTERM ends it with exit code 0, after the answers in flight', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, port } = await listening(t)
    const agent = new Agent({ keepAlive: true, maxSockets: 30 })
    const crowd = () => Array.from({ length: 30 }, () => ask(port, '/recommend/4', agent))
    await Promise.all(crowd())
    const inFlight = crowd()
    await inFlight[0]
    child.process.kill(signal)
    for (const { status, body } of await Promise.all(inFlight)) t.match({ status, body }, { status: 200, body: '4,5' })
    t.match(await child.ended, { code: 0, signal: null, err: '' }, signal)
  }
})

t.test('goes on serving, not ready any more, for as long as it is told to after SIGTERM', async t => {
  const { child, port } = await listening(t, { SHUTDOWN_DELAY_MS: '1000' })
  t.equal((await ask(port, '/readyz')).status, 200)
  child.process.kill('SIGTERM')
  await child.says(/closing after SIGTERM/)
  t.match(await ask(port, '/readyz'), { status: 503, body: 'shutting down' })
  t.match(await ask(port, '/livez'), { status: 200 })
  t.match(await ask(port, '/recommend/4'), { status: 200, body: '4,5', connection: 'close' })
  t.match(await child.ended, { code: 0 })
})

t.test('what is no HTTP gets a sentence, and the next request is served as before', async t => {
  const { port } = await listening(t)
  const raw = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', chunk => (answer += chunk))
    socket.on('error', () => {})
    socket.write(text)
    await once(socket, 'close')
    return answer
  }
  t.match(
    await raw(`GET /recommend/4 HTTP/1.1\r\nhost: a\r\nx-large: ${'x'.repeat(1_000_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/
  )
  t.match(await raw('this is no HTTP\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"/)
  t.match(await ask(port, '/recommend/4'), { status: 200, body: '4,5' })
})

t.test('Ctrl-C comes twice under npm: that is one wish', async t => {
  const { child } = await listening(t, { SHUTDOWN_DELAY_MS: '300' })
  child.process.kill('SIGINT')
  await child.says(/closing after SIGINT/)
  child.process.kill('SIGINT')
  t.match(await child.ended, { code: 0, signal: null })
})

t.test('npm start hands SIGTERM on', async t => {
  // in a copy, since it compiles, and others run what is compiled here
  const copy = t.testdir({ node_modules: t.fixture('symlink', resolve('node_modules')) })
  for (const part of ['package.json', 'tsconfig.json', 'src']) cpSync(part, join(copy, part), { recursive: true })
  const npm = startNode(t, [npmCli(), 'start', '--silent', '--prefix', copy], {
    MODEL_DIR: model,
    HOST: '127.0.0.1',
    PORT: '0',
    HOME: copy
  })
  const [, pid] = await npm.says(/"pid":(\d+),.*listening on/)
  npm.process.kill('SIGTERM')
  await npm.ended
  t.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' }, 'nobody is left to hold the port')
})

t.test('when the scoring thread dies, so does the service, at once and with exit code 1', async t => {
  const dieLater =
    "data:text/javascript,import { isMainThread } from 'node:worker_threads'; if (!isMainThread) setTimeout(() => process.exit(3), 2000)"
  const child = startNode(t, ['--import', dieLater, 'dist/server.js'], { MODEL_DIR: model, HOST: '127.0.0.1', PORT: '0' })
  await child.says(/listening on/)
  t.match(await child.ended, { code: 1, out: /the scoring thread ended with exit code 3/ })
})

t.test('a bad setting or model stops it before it listens, with a sentence and exit code 1', async t => {
  const refused = async (env: Record<string, string>) => {
    const { code, out, err } = await start(t, env).ended
    t.equal(code, 1)
    t.notMatch(out, /listening/)
    t.notMatch(err, /\n\s+at /, 'no stack trace')
    return err
  }
  t.match(await refused({ PORT: 'abc' }), 'PORT: expected a whole number from 0 to 65535, found "abc"')
  t.match(
    await refused({ MODEL_DIR: '/no/such/model' }),
    'The model folder /no/such/model cannot be served. manifest.json: there is no such file. Set MODEL_DIR to a whole model folder, such as `npm run train` writes.'
  )
})

t.test('a port in use stops it with a sentence and exit code 1', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  t.match(await start(t, { PORT: String(port) }).ended, { code: 1, err: new RegExp(`cannot start\\. .*EADDRINUSE.*${port}`) })
})
