import underPressure from '@fastify/under-pressure'
import { overloaded } from '../errors.js'
import type { App } from '../fastify.js'

/** Refuses requests to the routes that are registered after this, while the event loop is late. @param maxDelayMs 0 never refuses */
export async function refuseUnderPressure(app: App, maxDelayMs: number): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: maxDelayMs,
    pressureHandler: () => {
      throw overloaded('event_loop')
    }
  })
}
