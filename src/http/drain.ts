import type { App } from './app.js'

/**
 * Gives connections back on the way out. Fastify closes those that are idle when it begins to close; one with an
 * answer in flight would become idle after that, and hold the process until its keep-alive time-out. So answers say
 * `Connection: close` as soon as the service is not ready any more, and what slips through is closed when it is idle.
 */
export function closeConnections(app: App, isReady: () => boolean): void {
  let sweeping: NodeJS.Timeout | undefined
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (sweeping || !isReady()) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', done => {
    sweeping = setInterval(() => app.server.closeIdleConnections(), 50)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearInterval(sweeping)
    done()
  })
}
