import bearerAuth, { type FastifyBearerAuthOptions, type verifyBearerAuthFactory } from '@fastify/bearer-auth'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/** Demands one of the keys, compared in constant time, for the routes that are registered after this. */
export async function demandKey(app: App, keys: string[]): Promise<void> {
  // Names of schemes are the same in any case (RFC 9110, 11.1). The default of this package knows one of them.
  const options: FastifyBearerAuthOptions = { keys, addHook: false, verifyErrorLogLevel: 'debug', specCompliance: 'rfc6749' }
  await app.register(bearerAuth, options)
  const verify = (app.verifyBearerAuthFactory as verifyBearerAuthFactory)(options)
  app.addHook('onRequest', (request, reply, done) => {
    if (isExempt(request)) done()
    else verify(request, reply, done)
  })
}
