import type { FastifyRequest } from 'fastify'
import { Problem } from '../errors.js'
import type { App } from '../fastify.js'
import { isExempt } from './exempt.js'

/** Limits each client address, for the routes that are registered after this. A batch or a group counts as many requests as it has people or ratings. */
export async function limitRate(app: App, perMinute: number): Promise<void> {
  const tooMany = (): Problem =>
    new Problem('rate_limited', `More than ${perMinute} requests in a minute. \`Retry-After\` says when to come back.`)
  await app.register(import('@fastify/rate-limit'), {
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: tooMany
  })
  // A hook of all routes, ahead of the one that checks keys: guessing keys counts, too.
  const limit = app.rateLimit()
  app.addHook('onRequest', async (request, reply) => {
    if (!isExempt(request)) await limit.call(app, request, reply)
  })
  const count = app.createRateLimit()
  app.addHook('preHandler', async (request, reply) => {
    for (let more = entriesIn(request) - 1; more > 0; more--) {
      const { ttlInSeconds, isExceeded } = (await count(request)) as { ttlInSeconds: number; isExceeded: boolean }
      if (!isExceeded) continue
      reply.header('retry-after', ttlInSeconds)
      throw tooMany()
    }
  })
}

function entriesIn({ body }: FastifyRequest): number {
  const lists = (body ?? {}) as Partial<Record<'users' | 'histories' | 'ratings', unknown[]>>
  return Math.max(1, (lists.users?.length ?? 0) + (lists.histories?.length ?? 0) + (lists.ratings?.length ?? 0))
}
