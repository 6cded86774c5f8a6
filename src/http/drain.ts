import { Server, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { App } from './fastify.js'

/** A connection that has been idle for so long has nothing on its way, so it can be closed. */
const IDLE_MS = 1000

/** Within a turn of the event loop as short as this, hardly anybody connects unseen. */
const QUIET_TURN_MS = 0.2

/** Longest time to wait for such a turn: under load there may be none. */
const WAIT_FOR_QUIET_MS = 500

/**
 * Closes connections during a stop, and loses no request that comes over one of them. A client may send its next request
 * over an idle connection at any moment, so nobody can close one safely at once, as Node and Fastify would:
 *
 *     client ── request ──>
 *            <── close ──── server      the request is lost
 *
 * So the service takes no new connections, and for a second answers what comes over the open ones, with
 * `Connection: close`. What is still idle after that is closed. So is a connection on which nothing has been asked yet,
 * as browsers open some in advance. The answers themselves say `Connection: close` as soon as the service is not ready any more.
 */
export function drainConnections(app: App, isReady: () => boolean): void {
  const { server } = app
  const open = new Set<Socket>()
  let accepted = 0
  let draining = false
  server.on('connection', (socket: Socket) => {
    accepted++
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining || !isReady()) reply.header('connection', 'close')
    done()
  })

  /** Whether the loop read all that had arrived, found nobody new, and was back at once. */
  const quietTurn = async (): Promise<boolean> => {
    const [start, before] = [performance.now(), accepted]
    await nextTurn()
    return accepted === before && performance.now() - start < QUIET_TURN_MS
  }
  /** Stops listening when nobody waits in the backlog, since the kernel resets those who do. */
  const stopListening = async (): Promise<void> => {
    await nextTurn()
    for (const start = performance.now(); performance.now() - start < WAIT_FOR_QUIET_MS && !(await quietTurn()););
    // The `close` of HTTP servers would close idle connections, too.
    Server.prototype.close.call(server)
  }
  const closeIdle = (): void => {
    server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }

  app.addHook('preClose', async () => {
    draining = true
    if (!server.listening) return
    await stopListening()
    for (const start = performance.now(); open.size > 0; await sleep(50)) {
      // Right after this the loop has read what had arrived, so nothing waits unread on a connection that it calls idle.
      await nextTurn()
      if (performance.now() - start > IDLE_MS) closeIdle()
    }
  })
}
