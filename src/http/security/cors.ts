import type { App } from '../fastify.js'

/** Lets pages of these origins call the routes that are registered after this. */
export async function allowOrigins(app: App, origins: string[]): Promise<void> {
  await app.register(import('@fastify/cors'), {
    origin: origins.includes('*') ? '*' : origins.map(toPattern),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    strictPreflight: false,
    exposedHeaders: ['etag', 'retry-after', 'x-model-version', 'x-recommendation-history', 'x-recommendation-source', 'x-request-id'],
    maxAge: 600
  })
}

/** `https://*.example.com` is every subdomain of that name, however deep, and not the name itself. */
function toPattern(origin: string): string | RegExp {
  if (!origin.includes('*')) return origin
  const [scheme, parent] = origin.split('*').map(text => text.replace(/[.]/g, '\\.'))
  return new RegExp(`^${scheme}[a-z0-9_-]+(\\.[a-z0-9_-]+)*${parent}$`)
}
