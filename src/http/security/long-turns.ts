import { OVERLOADED } from '../errors.js'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/**
 * Refuses requests to the routes that are registered after this, late in a long turn of the event loop. What arrives during a
 * turn waits unseen in the sockets, so each turn works for its requests no longer than `maxMs`:
 *
 *     turn   ├─ answered ──── maxMs ─┼─ refused, at a fraction of the cost ─┤
 *
 * Only a turn that follows one as long refuses: after a single pause, the queue that it left is answered.
 */
export function refuseInLongTurns(app: App, maxMs: number): void {
  const isLate = lateInTurn(maxMs)
  app.addHook('onRequest', (request, _reply, done) => {
    done(isLate() && !isExempt(request) ? OVERLOADED.event_loop : undefined)
  })
}

/** Whether the turn in which it is called, and the one before, have lasted longer than `most` since their first call. */
function lateInTurn(most: number): () => boolean {
  let start: number | undefined
  let wasLong = false
  const end = (begun: number): void => {
    wasLong = performance.now() - begun > most
    start = undefined
  }
  return () => {
    const now = performance.now()
    if (start === undefined) {
      start = now
      setImmediate(end, now)
    }
    return wasLong && now - start > most
  }
}
