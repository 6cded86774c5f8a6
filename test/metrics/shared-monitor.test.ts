import perfHooks from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { shareEventLoopMonitor } from '../../src/metrics/event-loop-delay.js'

t.test('whoever watches the event loop shares one monitor, which tells how late its looks are, in nanoseconds', async t => {
  const { monitorEventLoopDelay } = perfHooks
  t.teardown(() => Object.assign(perfHooks, { monitorEventLoopDelay }))
  shareEventLoopMonitor()
  const monitor = perfHooks.monitorEventLoopDelay()
  t.equal(perfHooks.monitorEventLoopDelay({ resolution: 10 }), monitor)
  t.same([monitor.enable(), monitor.disable()], [true, true], 'nobody switches it off for the others')
  await sleep(300)
  // Longer than the time between two looks: one of them comes at least 100 ms late.
  for (const until = performance.now() + 400; performance.now() < until;);
  await sleep(1300)
  t.ok(monitor.max > 100e6, `the latest look came ${monitor.max} ns late`)
  t.ok(monitor.percentile(50) < 200e6, `the median look came ${monitor.percentile(50)} ns late`)
})
