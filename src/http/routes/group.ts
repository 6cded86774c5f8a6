import type { Recommender } from '../../recommender/recommender.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import { example, GUARDED, groupBody, movieIdList, noQuery, recommendation, responses } from '../schemas.js'
import { describeReply, explainedTypeOf, payloadOf } from './reply.js'
import { toGroupRequest } from './request.js'

/** Several people who want to watch something together. */
export function groupRoute(app: App, recommender: Recommender): void {
  app.post(
    '/recommend/group',
    {
      schema: {
        operationId: 'recommendGroup',
        tags: ['recommendations'],
        summary: 'What to watch next, for several people at once',
        description: 'Each person weighs the same, however much they have rated, and nothing is answered that one of them has rated.',
        querystring: noQuery,
        body: example(groupBody, examples.recommendGroup.request),
        response: responses(
          'Movies for all of them, best first.',
          {
            'text/plain': example(movieIdList, examples.recommendGroup.text),
            'application/json': example(recommendation, examples.recommendGroup.json)
          },
          'invalid_request',
          'unknown_user',
          'not_acceptable',
          'body_too_large',
          'unsupported_media_type',
          ...GUARDED
        )
      }
    },
    async ({ headers, body: { users, ...rest } }, reply) => {
      const type = explainedTypeOf(headers.accept, rest.explain)
      const request = toGroupRequest(recommender, { ...rest, users: users?.map(String) })
      const recommendation = await recommender.recommendGroup(request)
      describeReply(reply, type, recommendation.source)
      return payloadOf(recommendation, type, { model: recommender.version })
    }
  )
}
