import { cp, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { startService } from './fixtures/service.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

const FAULTS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGABRT'] as const

for (const fault of FAULTS) {
  t.test(`${fault} ends the service as a crash does, and is not taken for an order to close`, async t => {
    const { child } = await startService(t, { MODEL_DIR })
    child.process.kill(fault)
    const { code, signal, out } = await child.ended
    t.match({ code, signal }, { code: null, signal: fault })
    t.notMatch(out, /closing after/)
    if (fault === 'SIGABRT') t.match(out, /"level":60,.*aborted by SIGABRT/)
  })
}

/** Lets the service run a line of JavaScript at SIGUSR1. */
const atSignal = (line: string): string[] => ['--import', `data:text/javascript,process.on('SIGUSR1', () => { ${line} })`]

t.test('native code that aborts ends the service with SIGABRT', async t => {
  const { child } = await startService(t, { MODEL_DIR }, atSignal('process.abort()'))
  child.process.kill('SIGUSR1')
  t.match(await child.ended, { code: null, signal: 'SIGABRT' })
})

t.test('native code that reads weights which are not there any more ends the service with SIGBUS', async t => {
  const MODEL_DIR = join(t.testdir(), '1')
  await cp('models/movielens/2', MODEL_DIR, { recursive: true })
  const { child, port } = await startService(t, { MODEL_DIR })
  await truncate(join(MODEL_DIR, 'weights.bin'), 4096)
  await t.rejects(fetch(`http://127.0.0.1:${port}/recommend/42?n=20`, { signal: AbortSignal.timeout(10_000) }))
  t.match(await child.ended, { code: null, signal: 'SIGBUS' })
})

t.test('an error that nobody handles ends the service with exit code 1, after a fatal line', async t => {
  const { child } = await startService(t, { MODEL_DIR }, atSignal("throw new Error('unforeseen')"))
  child.process.kill('SIGUSR1')
  t.match(await child.ended, { code: 1, out: /"level":60,.*unforeseen.*closing after an error/ })
})

t.test('a stop that takes too long is ended when its time is up, with exit code 1 and an error line', async t => {
  const { child, port } = await startService(t, { MODEL_DIR, SHUTDOWN_TIMEOUT_MS: '1000' })
  const body = new ReadableStream({ start: half => half.enqueue(Buffer.from('{"history":')) })
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit
  void fetch(`http://127.0.0.1:${port}/recommend`, post).catch(() => {})
  await fetch(`http://127.0.0.1:${port}/livez`)
  child.process.kill('SIGTERM')
  t.match(await child.ended, { code: 1, out: /"level":50,.*killed by timeout \(1000ms\)/ })
})
