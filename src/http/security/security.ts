import bearerAuth, { type verifyBearerAuthFactory } from '@fastify/bearer-auth'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app.js'
import type { Config } from '../../config.js'
import { overloaded, Problem } from '../errors.js'
import { listed } from '../../validation/ajv.js'

/** For the routes that load balancers and browsers must reach whatever else is asked for: no key, no limit, no pressure. */
export const OPEN = { open: true, pressureHandler: () => {} } as const

const isOpen = ({ routeOptions: { config } }: FastifyRequest): boolean => (config as Partial<typeof OPEN>).open === true

/** On every answer, unless a page says otherwise: what comes from here is data, whatever a browser would make of it. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff'
}

/**
 * Who may ask, how often, and what happens under load. All of it is off or harmless unless a setting says otherwise;
 * it guards the routes that are registered after it.
 *
 * @param pressure whether to refuse requests while the event loop is late
 */
export async function protect(app: App, config: Config, pressure: boolean): Promise<void> {
  const origins = listed(config.CORS_ORIGINS)
  if (origins.length > 0) {
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : origins,
      methods: ['GET', 'HEAD', 'POST'],
      strictPreflight: false,
      exposedHeaders: ['etag', 'retry-after', 'x-model-version', 'x-recommendation-source', 'x-request-id'],
      maxAge: 600
    })
  }
  if (config.RATE_LIMIT_PER_MINUTE > 0) {
    await app.register(rateLimit, {
      global: false,
      max: config.RATE_LIMIT_PER_MINUTE,
      timeWindow: '1 minute',
      errorResponseBuilder: (_request, { max }) =>
        new Problem('rate_limited', `More than ${max} requests in a minute. \`Retry-After\` says when to come back.`)
    })
    // A hook of the whole app, ahead of the next one: guessing keys counts, too.
    const limit = app.rateLimit()
    app.addHook('onRequest', async (request, reply) => {
      if (!isOpen(request)) await limit.call(app, request, reply)
    })
  }
  const keys = listed(config.API_KEYS)
  if (keys.length > 0) await demandKey(app, keys)

  await app.register(underPressure, {
    maxEventLoopDelay: pressure ? config.MAX_EVENT_LOOP_DELAY_MS : 0,
    pressureHandler: () => {
      throw overloaded('event_loop')
    }
  })
}

/** Compares in constant time, with each of the keys. */
async function demandKey(app: App, keys: string[]): Promise<void> {
  await app.register(bearerAuth, { keys, addHook: false, verifyErrorLogLevel: 'debug' })
  const factory = app.verifyBearerAuthFactory as verifyBearerAuthFactory
  const verify = factory({ keys, addHook: false, verifyErrorLogLevel: 'debug' })
  app.addHook('onRequest', (request, reply, done) => {
    if (isOpen(request)) done()
    else verify(request, reply, done)
  })
}
