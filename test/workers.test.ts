import t, { type Test } from 'tap'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { type Child, startNode } from './fixtures/child.js'
import { startService } from './fixtures/service.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

interface Crew {
  child: Child
  port: number
  /** process ids, as the log says them */
  workers: number[]
}

/** Two workers, both of which listen. */
async function startTwo(t: Test, env: Record<string, string> = {}): Promise<Crew> {
  const { child, port } = await startService(t, { MODEL_DIR, WORKERS: '2', SHUTDOWN_DELAY_MS: '0', ...env })
  const [lines] = await child.says(/[^]*listening on[^]*listening on[^]*\n/)
  const workers = new Set(Array.from(lines.matchAll(/"pid":(\d+),[^\n]*listening on/g), ([, pid]) => Number(pid)))
  t.equal(workers.size, 2)
  return { child, port, workers: [...workers] }
}

/** Each over a connection of its own. */
const send = (port: number, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })

t.test('with WORKERS=2, two processes answer on one port, and an answer does not tell them apart', async t => {
  const { child, port, workers } = await startTwo(t)
  const answers = new Set<string>()
  for (let i = 0; i < 10; i++) answers.add(await (await send(port, '/recommend/4')).text())
  t.equal(answers.size, 1)
  for (const pid of workers) await child.says(new RegExp(`"pid":${pid},[^\\n]*/recommend/:userId`))
})

t.test('/metrics of any worker tells what all of them did', async t => {
  const { port } = await startTwo(t)
  for (let i = 0; i < 10; i++) await (await send(port, '/recommend/4')).text()
  for (let i = 0; i < 4; i++) {
    const metrics = await (await send(port, '/metrics')).text()
    t.match(metrics, /^http_requests_total\{route="\/recommend\/:userId",method="GET",status="200"\} 12$/m, 'each has warmed up with one')
    t.match(metrics, /^recommender_queue_length 0$/m)
    t.match(metrics, /^recommender_model_info\{name="board",version="1"\} 1$/m)
  }
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} closes all workers in order, and then ends with exit code 0`, async t => {
    const { child } = await startTwo(t)
    child.process.kill(signal)
    const { code, out } = await child.ended
    t.equal(code, 0)
    t.equal(out.match(/"level":30,[^\n]*closing after/g)?.length, 2)
  })
}

t.test('a worker that ends unasked ends the service as a failure, and the others are closed in order', async t => {
  const { child, workers } = await startTwo(t)
  process.kill(workers[0], 'SIGKILL')
  t.match(await child.ended, { code: 1, out: /"level":60,.*worker 1 has ended, with SIGKILL: closing the others[^]*closing after SIGTERM/ })
})

t.test('workers do not outlive the process that started them', async t => {
  const { child, port } = await startTwo(t)
  child.process.kill('SIGKILL')
  await child.ended
  await t.rejects(send(port, '/livez'))
})

t.test('what cannot be used is told once, and nothing listens', async t => {
  const { code, out, err } = await startNode(t, ['dist/server.js'], { MODEL_DIR: 'no/such/folder', PORT: '0', WORKERS: '2' }).ended
  t.match({ code, out }, { code: 1, out: '' })
  t.equal(err.match(/cannot start/g)?.length, 1)
})
