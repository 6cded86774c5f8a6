import type { Socket } from 'node:net'
import type { App } from './app.js'

/**
 * Gives connections back on the way out. Fastify closes those that are idle when it begins to close; one with an
 * answer in flight would become idle after that, and hold the process until its keep-alive time-out. So answers say
 * `Connection: close` as soon as the service is not ready any more, and what slips through is closed when it is idle.
 * A connection on which nothing has come yet is not idle to Node, though browsers open some in advance: it is closed too.
 */
export function closeConnections(app: App, isReady: () => boolean): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const sweep = (): void => {
    app.server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  let sweeping: NodeJS.Timeout | undefined
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (sweeping || !isReady()) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', done => {
    sweeping = setInterval(sweep, 50)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearInterval(sweeping)
    done()
  })
}
