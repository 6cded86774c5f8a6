import type { Recommender } from '../../recommender/recommender.js'
import type { ErrorCode } from '../errors.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import {
  example,
  GUARDED,
  movieIdList,
  noQuery,
  notModified,
  recommendation,
  recommendationForUser,
  requestSchemas,
  responses,
  userParams
} from '../schemas.js'
import type { GetRecommendation } from './get-recommendation.js'
import { describeReply, explainedTypeOf, payloadOf } from './reply.js'
import { toRequest } from './request.js'

const response = (schema: object, { text, json }: { text: string; json: object }, ...errors: ErrorCode[]): Record<string, object> =>
  responses(
    'Movies they have not seen, best first.',
    { 'application/json': example(schema, json), 'text/plain': example(movieIdList, text) },
    'invalid_request',
    'unknown_user',
    'not_acceptable',
    ...errors,
    ...GUARDED
  )

/** For somebody who is known, for a history that comes with the request, or for both. */
export function recommendRoutes(app: App, recommender: Recommender, get: GetRecommendation): void {
  const model = recommender.version
  const { recommendQuery, recommendBody } = requestSchemas(recommender.catalogue)

  app.get(
    '/recommend/:userId',
    {
      schema: {
        operationId: 'recommend',
        tags: ['recommendations'],
        summary: 'What to watch next',
        description: 'For a user of the training data; for anybody else, what is popular.',
        params: userParams,
        querystring: recommendQuery,
        response: { ...response(recommendationForUser, examples.recommend), ...notModified }
      }
    },
    (request, reply) => {
      const { userId } = request.params
      return get(request, reply, toRequest(recommender, { ...request.query, userId }), { userId, model })
    }
  )

  app.post(
    '/recommend',
    {
      schema: {
        operationId: 'recommendForHistory',
        tags: ['recommendations'],
        summary: 'What to watch next, given a history',
        description: 'For anybody: a history comes with the request, alone or on top of what is stored of a user.',
        querystring: noQuery,
        body: example(recommendBody, examples.recommendForHistory.request),
        response: response(recommendation, examples.recommendForHistory, 'body_too_large', 'unsupported_media_type')
      }
    },
    async ({ headers, body }, reply) => {
      const type = explainedTypeOf(headers.accept, body.explain)
      const request = toRequest(recommender, body)
      const recommendation = await recommender.recommend(request)
      describeReply(reply, type, recommendation.source)
      return payloadOf(recommendation, type, { userId: request.userId, model })
    }
  )
}
