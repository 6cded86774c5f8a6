import bearerAuth, { type FastifyBearerAuthOptions, type verifyBearerAuthFactory } from '@fastify/bearer-auth'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/** Demands one of the keys, compared in constant time, for the routes that are registered after this. */
export async function demandKey(app: App, keys: string[]): Promise<void> {
  const options: FastifyBearerAuthOptions = { keys, addHook: false, verifyErrorLogLevel: 'debug' }
  await app.register(bearerAuth, options)
  const verify = (app.verifyBearerAuthFactory as verifyBearerAuthFactory)(options)
  app.addHook('onRequest', (request, reply, done) => {
    if (isExempt(request)) done()
    else verify(request, reply, done)
  })
}
