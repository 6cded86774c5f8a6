import type { verifyBearerAuthFactory } from '@fastify/bearer-auth'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../errors.js'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/** The `config` of a route that changes what is stored. */
export const WRITES = { writes: true } as const

const isWrite = ({ routeOptions: { config } }: FastifyRequest): boolean => (config as Partial<typeof WRITES>).writes === true

/**
 * Demands one of the keys, compared in constant time, for the routes that are registered after this.
 *
 * @param read keys for what only reads; none asks for none
 * @param write keys for everything; none leaves writing to those that read
 */
export async function demandKey(app: App, { read, write }: { read: string[]; write: string[] }): Promise<void> {
  await app.register(import('@fastify/bearer-auth'), { addHook: false, keys: [] })
  // Names of schemes are the same in any case (RFC 9110, 11.1). The default of this package knows one of them.
  const verifier = (keys: string[]) =>
    (app.verifyBearerAuthFactory as verifyBearerAuthFactory)({
      keys,
      addHook: false,
      verifyErrorLogLevel: 'debug',
      specCompliance: 'rfc6749'
    })
  const verify = verifier([...read, ...write])
  const verifyWrite = verifier(write)
  app.addHook('onRequest', (request, reply, done) => {
    if (isExempt(request) || (read.length === 0 && !isWrite(request))) done()
    else verify(request, reply, done)
  })
  if (read.length === 0 || write.length === 0) return
  app.addHook('onRequest', (request, reply, done) => {
    if (isWrite(request)) verifyWrite(request, reply, error => done(error && new Problem('forbidden')))
    else done()
  })
}
