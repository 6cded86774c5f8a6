import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync
} from 'node:fs'
import { Agent, get } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { configSchema } from '../src/config.js'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { type Child, startCommand, startNode } from './fixtures/child.js'
import { until } from './fixtures/load-balancer.js'

const dir = t.testdir()
const model = await trainCheckerboard(dir)
const environment = { MODEL_DIR: model, HOST: '127.0.0.1', PORT: '0' }

/** The npm that comes with this Node, wherever that is. */
const npmCli = (): string => process.env.npm_execpath ?? realpathSync(join(dirname(process.execPath), 'npm'))

/** In a folder with no `.env`, whatever lies here. */
const start = (t: Test, env: Record<string, string> = {}, ...args: string[]): Child =>
  startNode(t, [resolve('dist/server.js'), ...args], { ...environment, ...env }, dir)

/** A copy of the project, since what npm runs compiles, and others run what is compiled here. */
function copyProject(t: Test): string {
  const copy = t.testdir()
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
  for (const part of ['package.json', 'tsconfig.json', 'docker/rolldown.config.js', 'test/dev.mjs', 'src'])
    cpSync(part, join(copy, part), { recursive: true })
  return copy
}

function npm(t: Test, copy: string, ...args: string[]): Child {
  return startNode(t, [npmCli(), '--silent', '--prefix', copy, ...args], { ...environment, HOME: copy }, copy)
}

async function listening(t: Test, env: Record<string, string> = {}): Promise<{ child: Child; port: number }> {
  const child = start(t, env)
  const [, port] = await child.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/)
  return { child, port: Number(port) }
}

/** One request over a connection that stays open. */
const send = (port: number, path: string, agent?: Agent, accept = '*/*'): Promise<{ status?: number; body: string; connection?: string }> =>
  new Promise((resolve, reject) => {
    get({ port, path, agent, headers: { accept } }, response => {
      let body = ''
      response.on('data', chunk => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body, connection: response.headers.connection }))
      response.on('error', reject)
    }).on('error', reject)
  })

t.test('what the tests start is compiled from the source as it is now', async t => {
  const compiledTo = { src: 'dist', 'models/train': 'build/models/train', 'docker/cost': 'build/docker/cost' }
  for (const [folder, out] of Object.entries(compiledTo)) {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
    for (const file of sources) {
      const compiled = join(out, file.replace(/ts$/, 'js'))
      t.ok(statSync(compiled).mtimeMs >= statSync(join(folder, file)).mtimeMs, `${compiled} is as new as its source`)
    }
  }
})

t.test('the first line of the log names the page and a request to try', async t => {
  const { child, port } = await listening(t)
  const [line, url] = await child.says(/^.*: open it in a browser, or: curl (\S+)\/recommend\/42"}\n/)
  t.match(line, `listening on http://127.0.0.1:${port}: open it`)
  t.match(await send(port, '/', undefined, 'text/html'), { status: 200, body: /^<!doctype html>/i })
  t.equal(url, `127.0.0.1:${port}`)
  t.match(await send(port, '/recommend/4'), { status: 200, body: '4,5' })
})

t.test('--help prints every setting and its default; nothing listens', async t => {
  const { code, out, err } = await start(t, { PORT: 'not looked at' }, '--help').ended
  t.match({ code, err }, { code: 0, err: '' })
  t.match(out, /^Usage: /)
  for (const [name, { default: value, description }] of Object.entries(configSchema.properties))
    t.ok(out.includes(`  ${name}=${value}\n      ${description}\n`), name)
})

t.test('an argument that nobody knows is refused before anything is looked at', async t => {
  for (const [argument, sentence] of [
    ['--port=1', "Unknown option '--port'. Settings are environment variables: --help names them."],
    ['8082', "Unexpected argument '8082'. "]
  ]) {
    const { code, out, err } = await start(t, { MODEL_DIR: '/no/such/model' }, argument).ended
    t.match({ code, out, err }, { code: 1, out: '', err: `movie-recommender cannot start. ${sentence}` })
    t.notMatch(err, /\n./, 'one sentence, no stack trace')
  }
})

t.test('reads .env where it is started, and environment variables win', async t => {
  const folder = t.testdir({ '.env': 'SHUTDOWN_DELAY_MS=much\nMAX_BATCH=many\n' })
  const { code, err } = await startNode(t, [resolve('dist/server.js')], { ...environment, MAX_BATCH: '0' }, folder).ended
  t.equal(code, 1)
  t.match(err, 'SHUTDOWN_DELAY_MS: expected a whole number from 0 to 110000, found "much"')
  t.match(err, 'MAX_BATCH: expected a whole number from 1 to 1024, found 0')
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
    const crowd = () => Array.from({ length: 30 }, () => send(port, '/recommend/4', agent))
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
  t.equal((await send(port, '/readyz')).status, 200)
  child.process.kill('SIGTERM')
  await child.says(/closing after SIGTERM/)
  t.match(await send(port, '/readyz'), { status: 503, body: 'shutting down' })
  t.match(await send(port, '/livez'), { status: 200 })
  t.match(await send(port, '/recommend/4'), { status: 200, body: '4,5', connection: 'close' })
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
  t.match(await send(port, '/recommend/4'), { status: 200, body: '4,5' })
})

t.test('Ctrl-C comes twice under npm: that is one wish', async t => {
  const { child } = await listening(t, { SHUTDOWN_DELAY_MS: '300' })
  child.process.kill('SIGINT')
  await child.says(/closing after SIGINT/)
  child.process.kill('SIGINT')
  t.match(await child.ended, { code: 0, signal: null })
})

const isGone = (pid: string): boolean => {
  try {
    return !process.kill(Number(pid), 0)
  } catch {
    return true
  }
}

/** Makes the server of this copy log an error. @returns where in the source it is thrown */
function throwIn(copy: string): RegExp {
  const source = join(copy, 'src', 'server.ts')
  const line = readFileSync(source, 'utf8').split('\n').length
  appendFileSync(source, "setTimeout(() => app?.log.info(new Error('thrown here')))\n")
  return new RegExp(`thrown here.*src/server\\.ts:${line}:`)
}

t.test('npm start logs lines of the source, and hands SIGTERM on', async t => {
  const copy = copyProject(t)
  const line = throwIn(copy)
  const started = npm(t, copy, 'start')
  const [, pid] = await started.says(/"pid":(\d+),.*listening on/)
  await started.says(line)
  started.process.kill('SIGTERM')
  await started.ended
  t.ok(isGone(pid), 'nobody is left to hold the port')
})

t.test('npm start hands arguments on', async t => {
  t.match(await npm(t, copyProject(t), 'start', '--', '--help').ended, { code: 0, out: /^Usage: / })
})

t.test('npm run dev starts the server anew when the source changes, logs lines of the source, and Ctrl-C ends all of it', async t => {
  const copy = copyProject(t)
  const dev = npm(t, copy, 'run', 'dev')
  const [, first] = await dev.says(/"pid":(\d+),.*listening on/)
  const line = throwIn(copy)
  const [, second] = await dev.says(new RegExp(`"pid":(?!${first})(\\d+),.*listening on`))
  t.ok(isGone(first))
  await dev.says(line)
  // from a terminal it comes to all of them
  process.kill(Number(second), 'SIGINT')
  dev.process.kill('SIGINT')
  t.match(await dev.ended, { code: 0 })
  t.ok(isGone(second))
})

const noTerminal = spawnSync('script', ['--version']).status !== 0 && 'there is no script(1) of util-linux'
t.test('on a terminal the log is lines for people, and JSON where pino-pretty is not installed', { skip: noTerminal }, async t => {
  const onTerminal = (server: string): Child =>
    startCommand(t, 'script', ['-qec', `echo $$; exec '${process.execPath}' '${server}'`, '/dev/null'], environment, dir)
  const here = onTerminal(resolve('dist/server.js'))
  const [, pid] = await here.says(/^(\d+)\r\n.*INFO.*listening on http:\/\/127\.0\.0\.1:\d+/)
  here.process.kill('SIGKILL')
  await until(() => isGone(pid), 20_000)
  t.pass('it ends with its terminal')

  // as an image has it: the bundle, and the dependencies of run time
  const image = mkdtempSync(join(tmpdir(), 'movie-recommender-'))
  t.teardown(() => rmSync(image, { recursive: true }))
  for (const part of ['package.json', 'bundle', 'src/page']) cpSync(part, join(image, part), { recursive: true })
  for (const name of Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies)) {
    mkdirSync(dirname(join(image, 'node_modules', name)), { recursive: true })
    symlinkSync(resolve('node_modules', name), join(image, 'node_modules', name))
  }
  await onTerminal(join(image, 'bundle/server.js')).says(/^\d+\r\n\{"level":30,.*listening on http:\/\/127\.0\.0\.1:\d+/)
})

t.test('when the scoring thread dies, so does the service, at once and with exit code 1', async t => {
  const dieLater =
    "data:text/javascript,import { isMainThread } from 'node:worker_threads'; if (!isMainThread) setTimeout(() => process.exit(3), 2000)"
  const child = startNode(t, ['--import', dieLater, resolve('dist/server.js')], environment, dir)
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
    'The model folder /no/such/model cannot be served. manifest.json: there is no such file. Set MODEL_DIR to a whole model folder, as docs/model.md describes it; `npm run train` and `npm run pack` write one.'
  )
})

t.test('a port in use stops it with a sentence and exit code 1', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  t.match(await start(t, { PORT: String(port) }).ended, { code: 1, err: new RegExp(`cannot start\\. .*EADDRINUSE.*${port}`) })
})
