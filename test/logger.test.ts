import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { freePort } from './fixtures/free-port.js'
import { smallDisk } from './fixtures/small-disk.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

interface Service {
  /** what it answers to a request whose log line is long */
  get(path: string, id?: string): Promise<string>
  linesDropped(): Promise<number>
  /** SIGTERM, and the exit code */
  stop(): Promise<number>
}

/** The service with its standard output sent to `stdout`: a file, or a pipe that this process does not read. */
async function logTo(t: Test, stdout: number | 'pipe'): Promise<Service> {
  const port = await freePort()
  const env = { PATH: process.env.PATH, MODEL_DIR, HOST: '127.0.0.1', PORT: String(port) }
  const child = spawn(process.execPath, ['dist/server.js'], { env, stdio: ['ignore', stdout, 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const headers = { traceparent: 'a'.repeat(10_000) }
  const get = async (path: string, id = 'somebody'): Promise<string> =>
    (
      await fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...headers, 'x-request-id': id }, signal: AbortSignal.timeout(10_000) })
    ).text()
  const isUp = (): Promise<boolean> =>
    get('/livez').then(
      () => true,
      () => false
    )
  for (let tries = 0; !(await isUp()); await sleep(100)) if (++tries > 100) throw new Error('it does not answer')
  return {
    get,
    linesDropped: async () => Number(/^log_lines_dropped_total (\d+)$/m.exec(await get('/metrics'))?.[1]),
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })) as [number]
      return code
    }
  }
}

/** Asks so often that lines have to be dropped. */
async function askOften(t: Test, { get, linesDropped }: Service): Promise<void> {
  const answers = new Set<string>()
  for (let i = 0; i < 300; i++) answers.add(await get('/recommend/4'))
  t.same([...answers], ['4,5'], 'every answer is right')
  t.ok((await linesDropped()) > 0, 'lines were dropped, and counted')
}

t.test('with a log disk that is full from the start, the service answers and stops as ever', async t => {
  const service = await logTo(t, openSync('/dev/full', 'w'))
  t.equal(await service.get('/livez'), 'ok')
  await askOften(t, service)
  t.equal(await service.stop(), 0)
})

t.test('while the log disk is full, the service answers; when there is room again, it logs, and says what was dropped', async t => {
  const disk = smallDisk(t, '512k')
  if (disk === undefined) return t.plan(0, 'skipped: no small disk can be mounted here')
  const file = join(disk, 'log')
  const service = await logTo(t, openSync(file, 'a'))
  await askOften(t, service)

  // What waits is more than the disk can hold, so it is emptied again and again, as log rotation does.
  let log = ''
  for (const end = performance.now() + 20_000; performance.now() < end && !log.includes('log lines were dropped'); await sleep(50)) {
    log += readFileSync(file, 'utf8')
    truncateSync(file)
  }
  t.match(log, /"level":40,.*"lines":\d+,"msg":"log lines were dropped: nothing took them"/)
  await service.get('/recommend/4', 'find-me')
  await sleep(100)
  t.match(readFileSync(file, 'utf8'), 'find-me')
  t.equal(await service.stop(), 0)
})

t.test('a log pipe that nobody reads costs lines, and neither memory nor the stop', async t => {
  const service = await logTo(t, 'pipe')
  await askOften(t, service)
  const before = await service.linesDropped()
  for (let i = 0; i < 500; i++) await service.get('/recommend/4')
  // one more for the metrics that were read before
  t.equal((await service.linesDropped()) - before, 501, 'none of the next lines is kept')
  t.equal(await service.stop(), 0)
})
