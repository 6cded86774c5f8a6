import type { App } from '../app.js'
import type { ErrorCode } from '../errors.js'
import { examples } from '../examples.js'
import type { Recommender } from '../recommender/recommender.js'
import {
  example,
  GUARDED,
  movieIdList,
  noQuery,
  recommendation,
  recommendationForUser,
  recommendBody,
  recommendQuery,
  responses,
  userParams
} from '../schemas.js'
import { answer, wantsJson } from './answer.js'
import { askOf } from './ask.js'
import type { Unchanged } from './caching.js'

const response = (schema: object, { text, json }: { text: string; json: object }, ...errors: ErrorCode[]): Record<string, object> =>
  responses(
    'Movies they have not seen, best first.',
    { 'text/plain': example(movieIdList, text), 'application/json': example(schema, json) },
    'invalid_request',
    'unknown_user',
    'not_acceptable',
    ...errors,
    ...GUARDED
  )

/** For somebody who is known, for a history that comes with the request, or for both. */
export function recommendRoutes(app: App, recommender: Recommender, unchanged: Unchanged): void {
  const model = recommender.version

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
        response: response(recommendationForUser, examples.recommend)
      }
    },
    (request, reply) => {
      const { userId } = request.params
      const ask = askOf(recommender, { ...request.query, userId })
      if (unchanged(request, reply)) return
      return recommender.recommend(ask).then(recommendation => answer(request, reply, recommendation, { userId, model }))
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
    async (request, reply) => {
      wantsJson(request.headers.accept)
      const { userId } = request.body
      return answer(request, reply, await recommender.recommend(askOf(recommender, request.body)), { ...(userId && { userId }), model })
    }
  )
}
