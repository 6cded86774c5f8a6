import type { Recommender } from '../../recommender/recommender.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import { example, GUARDED, movieIdList, noQuery, recommendation, requestSchemas, responses } from '../schemas.js'
import { describeReply, explainedTypeOf, payloadOf } from './reply.js'
import { toGroupRequest } from './request.js'

/** Several people who want to watch something together. */
export function groupRoute(app: App, recommender: Recommender): void {
  const { groupBody } = requestSchemas(recommender.catalogue)

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
            'application/json': example(recommendation, examples.recommendGroup.json),
            'text/plain': example(movieIdList, examples.recommendGroup.text)
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
    async ({ headers, body }, reply) => {
      const type = explainedTypeOf(headers.accept, body.explain)
      const recommendation = await recommender.recommendGroup(toGroupRequest(recommender, body))
      describeReply(reply, type, recommendation.source)
      return payloadOf(recommendation, type, { model: recommender.version })
    }
  )
}
