import type { App } from './fastify.js'

/**
 * Closes connections during a stop. Fastify closes those that are idle when the stop begins. A connection with an answer
 * in flight becomes idle later, and would hold the process until its keep-alive time-out. So answers say
 * `Connection: close` as soon as the service is not ready any more, and idle connections are closed until none is left.
 */
export function drainConnections(app: App, isReady: () => boolean): void {
  let sweep: NodeJS.Timeout | undefined
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (sweep || !isReady()) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', done => {
    sweep = setInterval(() => app.server.closeIdleConnections(), 50)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearInterval(sweep)
    done()
  })
}
