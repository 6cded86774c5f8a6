import type { Socket } from 'node:net'
import type { App } from './fastify.js'

/**
 * Closes connections during a stop. Fastify closes those that are idle when the stop begins. A connection with an answer
 * in flight becomes idle later, and would hold the process until its keep-alive time-out. So answers say
 * `Connection: close` as soon as the service is not ready any more, and idle connections are closed until none is left.
 * Browsers open connections in advance. One on which nothing has come yet is not idle to Node, so it is closed here, too.
 */
export function drainConnections(app: App, isReady: () => boolean): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const closeIdle = (): void => {
    app.server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  let sweep: NodeJS.Timeout | undefined
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (sweep || !isReady()) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', done => {
    sweep = setInterval(closeIdle, 50)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearInterval(sweep)
    done()
  })
}
