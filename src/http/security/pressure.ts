import underPressure from '@fastify/under-pressure'
import { OVERLOADED } from '../errors.js'
import type { App } from '../fastify.js'

/** How often to look whether the event loop is late. */
const INTERVAL_MS = 250
const NEVER = 2 ** 31 - 1

/** Refuses requests to the routes that are registered after this, while the event loop is late. @param maxDelayMs 0 never refuses */
export async function refuseUnderPressure(app: App, maxDelayMs: number): Promise<void> {
  if (maxDelayMs === 0) return
  await app.register(underPressure, {
    // Its own look samples the memory as well, which nobody needs, and which fails when no file descriptor is left.
    sampleInterval: NEVER,
    healthCheckInterval: INTERVAL_MS,
    healthCheck: eventLoopCheck(maxDelayMs),
    pressureHandler: () => {
      throw OVERLOADED.event_loop
    }
  })
}

/** Called every INTERVAL_MS, unless the event loop is late. The mean of four delays counts: a single pause is over when it is noticed. */
function eventLoopCheck(maxDelayMs: number): () => Promise<boolean> {
  const delays = [0, 0, 0, 0]
  let due = Number.POSITIVE_INFINITY
  return async () => {
    const now = performance.now()
    delays.shift()
    delays.push(Math.max(0, now - due))
    due = now + INTERVAL_MS
    return delays.reduce((sum, delay) => sum + delay) / delays.length <= maxDelayMs
  }
}
