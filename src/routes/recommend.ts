import type { App } from '../app.js'
import { Problem } from '../errors.js'
import type { Recommender } from '../recommender/recommender.js'
import { movieIdList, recommendation, recommendParams, recommendQuery } from '../schemas.js'
import { wantsJson } from './accept.js'

export function recommendRoute(app: App, recommender: Recommender): void {
  const content = { 'text/plain': { schema: movieIdList }, 'application/json': { schema: recommendation } } as const
  const schema = { params: recommendParams, querystring: recommendQuery, response: { 200: { content } } }

  app.get('/recommend/:userId', { schema }, async ({ headers, params: { userId }, query: { n, strict } }, reply) => {
    const json = wantsJson(headers.accept)
    if (strict && !recommender.knows(userId)) throw new Problem('unknown_user', `The model has no history of user ${userId}.`)
    const { source, movieIds, scores } = await recommender.forUser(userId, n)

    reply.header('x-recommendation-source', source).header('vary', 'accept')
    if (!json) return reply.type('text/plain; charset=utf-8').send(movieIds.join(','))
    const items = movieIds.map((movieId, i) => ({ movieId, score: scores[i] }))
    return reply.type('application/json').send({ userId, source, model: recommender.model, items })
  })
}
