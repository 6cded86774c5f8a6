import { readFile, readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startService } from '../fixtures/service.js'

const MODEL_DIR = await trainCheckerboard(t.testdir())

/** How often the threads of a process have gone to sleep so far. Only Linux tells. */
async function sleeps(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const counts = threads.map(async thread => {
    const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count)
}

t.test('an idle server sleeps: it wakes up a few times a second', { skip: process.platform !== 'linux' }, async t => {
  const { child } = await startService(t, { MODEL_DIR })
  const wakeUps: number[] = []
  for (let before = await sleeps(child.process.pid as number), second = 0; second < 5; second++) {
    await sleep(1_000)
    const after = await sleeps(child.process.pid as number)
    wakeUps.push(after - before)
    before = after
  }
  // What the start has left behind, such as garbage, takes a second or two.
  t.ok(Math.min(...wakeUps) < 50, `wake-ups, second by second: ${wakeUps.join(', ')}`)
})

t.test('/metrics tells how late the event loop is, without the time between two looks', async t => {
  const { port } = await startService(t, { MODEL_DIR, MAX_EVENT_LOOP_DELAY_MS: '1000' })
  await sleep(1_000)
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const median = Number(/^nodejs_eventloop_lag_p50_seconds (\S+)$/m.exec(metrics)?.[1])
  t.ok(median > 0 && median < 0.25, `the median look is ${median} s late`)
})
