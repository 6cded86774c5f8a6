import underPressure from '@fastify/under-pressure'
import { overloaded } from '../errors.js'
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
      throw overloaded('event_loop')
    }
  })
}

/** Is called every INTERVAL_MS, unless the event loop is late. */
function eventLoopCheck(maxDelayMs: number): () => Promise<boolean> {
  let due = Number.POSITIVE_INFINITY
  return async () => {
    const now = performance.now()
    const isLate = now - due > maxDelayMs
    due = now + INTERVAL_MS
    return !isLate
  }
}
