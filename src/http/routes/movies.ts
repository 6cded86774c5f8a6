import type { Recommender } from '../../recommender/recommender.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import {
  example,
  GUARDED,
  movieIdList,
  movieParams,
  notModified,
  recommendation,
  requestSchemas,
  responses,
  similarMovies
} from '../schemas.js'
import type { GetRecommendation } from './get-recommendation.js'
import { rowOf, toRequest } from './request.js'

const errors = ['invalid_request', 'not_acceptable', ...GUARDED] as const

/** More like this is a history of one movie; what is popular is an empty one. */
export function movieRoutes(app: App, recommender: Recommender, get: GetRecommendation): void {
  const model = recommender.version
  const { filterQuery } = requestSchemas(recommender.catalogue)

  app.get(
    '/similar/:movieId',
    {
      schema: {
        operationId: 'similar',
        tags: ['recommendations'],
        summary: 'More like this movie',
        params: movieParams,
        querystring: filterQuery,
        response: {
          ...responses(
            'Movies that the same people like, best first, never the movie itself; what is popular where nobody likes it.',
            {
              'application/json': example(similarMovies, examples.similar.json),
              'text/plain': example(movieIdList, examples.similar.text)
            },
            ...errors,
            'unknown_movie'
          ),
          ...notModified
        }
      }
    },
    (request, reply) => {
      const { movieId } = request.params
      const recommendRequest = toRequest(recommender, { ...request.query, history: [movieId], by: 'likeness' })
      rowOf(recommender, movieId, request.query.ids)
      return get(request, reply, recommendRequest, { movieId, model })
    }
  )

  app.get(
    '/popular',
    {
      schema: {
        operationId: 'popular',
        tags: ['recommendations'],
        summary: 'What everybody likes',
        querystring: filterQuery,
        response: {
          ...responses(
            'Movies by number of likes.',
            {
              'application/json': example(recommendation, examples.popular.json),
              'text/plain': example(movieIdList, examples.popular.text)
            },
            ...errors
          ),
          ...notModified
        }
      }
    },
    (request, reply) => get(request, reply, toRequest(recommender, request.query), { model })
  )
}
