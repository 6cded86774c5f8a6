import type { App } from '../fastify.js'
import { html, notModified, plainText, response, responses } from '../schemas.js'
import { EXEMPT } from '../security/exempt.js'
import { sendHomePage } from './pages.js'
import { preferredOf, varyBy } from './reply.js'

/** Is it alive, is it ready? These need no key and are never refused, so that a busy instance does not look like a dead one. */
export function healthRoutes(app: App, isReady: () => boolean): void {
  const route = (operationId: string, summary: string, types: Record<string, object> = plainText, others: object = {}) => ({
    schema: {
      operationId,
      summary,
      tags: ['operations'],
      security: [],
      response: { ...responses('Yes.', types), 503: response('Not now.', plainText), ...others }
    },
    config: EXEMPT
  })

  // Load balancers check this path, so it only says that the process runs. Browsers get a page.
  const home = route('home', 'Does the process run? For browsers: a page to try the service on.', { ...plainText, ...html }, notModified)
  app.get('/', home, async (request, reply) => {
    varyBy(reply, 'accept')
    return wantsPage(request.headers.accept) ? sendHomePage(request, reply) : 'ok'
  })
  app.get('/livez', route('livez', 'Does the process run?'), async () => 'ok')
  app.get('/ping', route('ping', 'The same, where ECS Express Mode looks by default.'), async () => 'ok')
  app.get('/readyz', route('readyz', 'Does it take requests? Not while it shuts down: then 503.'), async (_request, reply) => {
    if (isReady()) return 'ready'
    return reply.code(503).send('shutting down')
  })
}

function wantsPage(accept: string | undefined): boolean {
  return accept !== undefined && preferredOf(['text/plain', 'text/html'], accept) === 'text/html'
}
