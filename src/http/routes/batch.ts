import type { FastifyRequest } from 'fastify'
import type { LiveHistories } from '../../histories/live-histories.js'
import type { LiveHistory } from '../../histories/store.js'
import type { Recommender } from '../../recommender/recommender.js'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
import { Problem } from '../errors.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import { batchResult, batchUser, example, GUARDED, noQuery, requestSchemas, responses } from '../schemas.js'
import { batchAnswer } from './batch-answer.js'
import { failedResult } from './failed-result.js'
import { readLive } from './live.js'
import { toJson } from './reply.js'
import { type SentRequest, toRequest } from './request.js'

const validUser = compile(batchUser)

/** Many users in one call: submitted in one turn, they are scored as one batch, and each gets a result of its own. */
export function batchRoute(app: App, recommender: Recommender, histories?: LiveHistories): void {
  const { batchBody } = requestSchemas(recommender.catalogue)
  const resultFor = async (
    user: string | number,
    live: LiveHistory | undefined,
    shared: SentRequest,
    group: object,
    request: FastifyRequest
  ): Promise<() => object> => {
    const userId = String(user)
    try {
      if (!validUser({ userId: user })) throw new Problem('invalid_request', sentences(validUser.errors).join('; '))
      const recommendation = await recommender.recommend(toRequest(recommender, { ...shared, userId, live }), group)
      return () => ({ status: 200, userId, ...toJson(recommendation) })
    } catch (error) {
      const { status, problem } = failedResult(error, request)
      return () => ({ status, userId, problem })
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
          'answer_too_large',
          'body_too_large',
          'unsupported_media_type',
          ...GUARDED
        )
      }
    },
    async (request, reply) => {
      const { users, ...shared } = request.body
      const known = histories ? [...new Set(users.filter(user => validUser({ userId: user })).map(String))] : []
      const lives = new Map((await readLive(histories, reply, known)).map((live, i) => [known[i], live]))
      recommender.admit(users.length)
      const results = await Promise.all(users.map(user => resultFor(user, lives.get(String(user)), shared, users, request)))
      reply.type('application/json; charset=utf-8')
      return batchAnswer(recommender.version, results, users.length * shared.n)
    }
  )
}
