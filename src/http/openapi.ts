import swagger from '@fastify/swagger'
import type { App } from './fastify.js'

/** Describes the routes that are registered after this, from the same schemas that validate their requests. */
export async function describeRoutes(app: App, version: string, withKeys: boolean): Promise<void> {
  await app.register(swagger, {
    // It would read the server's URL, and knows no relative ones.
    stripBasePath: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'movie-recommender',
        version,
        description: 'Movie recommendations from what somebody has liked. Every answer says which model gave it, and what decided.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      // relative to this document, so that it holds below any prefix
      servers: [{ url: '.' }],
      tags: [
        { name: 'recommendations', description: 'What to watch next.' },
        { name: 'operations', description: 'How the service is.' }
      ],
      security: withKeys ? [{ key: [] }] : [],
      ...(withKeys && { components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key.' } } } })
    }
  })
}
