import cors from '@fastify/cors'
import type { App } from '../fastify.js'

/** Lets pages of these origins call the routes that are registered after this. */
export async function allowOrigins(app: App, origins: string[]): Promise<void> {
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'HEAD', 'POST'],
    strictPreflight: false,
    exposedHeaders: ['etag', 'retry-after', 'x-model-version', 'x-recommendation-source', 'x-request-id'],
    maxAge: 600
  })
}
