import type { FastifyBaseLogger } from 'fastify'
import type { App } from '../app.js'
import { asProblem, Problem, problemBody } from '../errors.js'
import { examples } from '../examples.js'
import type { Recommender } from '../../recommender/recommender.js'
import { batchBody, batchResult, example, GUARDED, noQuery, responses, userParams } from '../schemas.js'
import { compile, sentences } from '../../validation/ajv.js'
import { body } from './reply.js'
import { askOf, type Said } from './request.js'

const validUser = compile<{ userId: string }>(userParams)

/** Many users in one call: asked for in one turn, they are scored as one batch, and each is answered for itself. */
export function batchRoute(app: App, recommender: Recommender): void {
  const one = async (said: Said & { userId: string }, group: object, log: FastifyBaseLogger): Promise<object> => {
    const { userId } = said
    try {
      if (!validUser({ userId })) throw new Problem('invalid_request', sentences(validUser.errors).join('; '))
      return { status: 200, userId, ...body(await recommender.recommend(askOf(recommender, said), group)) }
    } catch (error) {
      const { code, message } = asProblem(error as Error)
      if (code === 'internal') log.error({ err: error }, 'failed')
      const problem = problemBody(code, message)
      return { status: problem.status, userId, problem }
    }
  }

  app.post(
    '/recommend/batch',
    {
      schema: {
        operationId: 'recommendBatch',
        tags: ['recommendations'],
        summary: 'What to watch next, for up to 100 users',
        querystring: noQuery,
        body: example(batchBody, examples.recommendBatch.request),
        response: responses(
          'A result for each user, with the status that they alone would have got.',
          { 'application/json': example(batchResult, examples.recommendBatch.json) },
          'invalid_request',
          'body_too_large',
          'unsupported_media_type',
          ...GUARDED
        )
      }
    },
    async ({ body: { users, ...shared }, log }) => ({
      model: recommender.version,
      results: await Promise.all(users.map(userId => one({ ...shared, userId }, users, log)))
    })
  )
}
