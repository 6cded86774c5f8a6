import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../config.js'
import type { RecommendRequest, Recommender } from '../../recommender/recommender.js'
import { version } from '../../version.js'
import { etagsOf, replyIfUnmodified } from './conditional-get.js'
import { describeReply, explainedTypeOf, payloadOf } from './reply.js'
import { replyFromCache, responseCache } from './response-cache.js'

/** Answers a GET. Fastify sends what the promise gives; a promise of the reply itself would resolve only when the response has ended. */
export type GetRecommendation = (
  request: FastifyRequest,
  reply: FastifyReply,
  recommendRequest: RecommendRequest,
  about: object
) => Promise<string | object> | undefined

/** The three ways to answer a GET, the cheapest first: the caller has it, the cache has it, the recommender works it out. */
export function getRecommendation(recommender: Recommender, config: Pick<Config, 'CACHE_BYTES' | 'CACHE_CONTROL'>): GetRecommendation {
  const etagOf = etagsOf(recommender.model.manifest, version)
  const cache = responseCache(config.CACHE_BYTES)

  return (request, reply, recommendRequest, about) => {
    const type = explainedTypeOf(request.headers.accept, recommendRequest.explain)
    const { live } = recommendRequest
    // What the store has may change the answer: nobody may keep this one.
    if (live?.isStale) {
      reply.header('cache-control', 'no-store')
      return recommender.recommend(recommendRequest).then(recommendation => {
        describeReply(reply, type, recommendation.source)
        return payloadOf(recommendation, type, about)
      })
    }
    const etag = etagOf(request.url, type, live?.revision)
    reply.header('etag', etag).header('cache-control', config.CACHE_CONTROL)
    if (replyIfUnmodified(request, reply, etag)) return
    if (cache && replyFromCache(cache, reply, etag)) return
    return recommender.recommend(recommendRequest).then(recommendation => {
      const { source } = recommendation
      describeReply(reply, type, source)
      const payload = payloadOf(recommendation, type, about)
      if (!cache) return payload
      const text = typeof payload === 'string' ? payload : String(reply.serializeInput({ ...payload }, '200', type))
      cache.set(etag, { type, source, payload: text })
      return text
    })
  }
}
