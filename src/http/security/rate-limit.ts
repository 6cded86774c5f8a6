import rateLimit from '@fastify/rate-limit'
import { Problem } from '../errors.js'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/** Limits each client address, for the routes that are registered after this. */
export async function limitRate(app: App, perMinute: number): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { max }) =>
      new Problem('rate_limited', `More than ${max} requests in a minute. \`Retry-After\` says when to come back.`)
  })
  // A hook of the whole app, ahead of the one that checks keys: guessing keys counts, too.
  const limit = app.rateLimit()
  app.addHook('onRequest', async (request, reply) => {
    if (!isExempt(request)) await limit.call(app, request, reply)
  })
}
