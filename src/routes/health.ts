import type { App } from '../app.js'

/** Is it alive, is it ready? Never under pressure control: a busy instance must not look like a dead one. */
export function healthRoutes(app: App, isReady: () => boolean): void {
  const options = { config: { pressureHandler: () => {} }, logLevel: 'warn' } as const
  // Load balancers ask here: the process runs, and that is all it says.
  for (const path of ['/', '/livez']) app.get(path, options, async () => 'ok')
  app.get('/readyz', options, async (_request, reply) => {
    if (isReady()) return 'ready'
    return reply.code(503).send('shutting down')
  })
}
