import perfHooks, { createHistogram, type IntervalHistogram } from 'node:perf_hooks'

const EVERY_MS = 250

/**
 * under-pressure and prom-client each ask Node for a monitor of the event loop, and each of these wakes the process a hundred times
 * a second, for ever. From here on, whoever asks gets the same one, which looks four times a second: so an idle server sleeps. It
 * tells how late the looks were, without the time between two. Call it before these packages are imported.
 */
export function shareEventLoopMonitor(): void {
  const lateness = createHistogram()
  let due = performance.now() + EVERY_MS
  setInterval(() => {
    const now = performance.now()
    // in ns; a histogram takes no 0
    lateness.record(Math.max(1, Math.round((now - due) * 1e6)))
    due = now + EVERY_MS
  }, EVERY_MS).unref()
  const monitor = Object.assign(lateness, { enable: () => true, disable: () => true }) satisfies Pick<
    IntervalHistogram,
    'enable' | 'disable'
  >
  Object.assign(perfHooks, { monitorEventLoopDelay: () => monitor })
}
