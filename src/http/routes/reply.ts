import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { Problem } from '../errors.js'
import type { Recommendation } from '../../recommender/recommender.js'

const TYPES = ['text/plain', 'application/json']

/** Plain text unless `Accept` prefers JSON. @throws Problem when it takes neither */
export function wantsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*') return false
  const type = new Negotiator({ headers: { accept } }).mediaType(TYPES)
  if (!type) throw new Problem('not_acceptable', `Accept: expected ${TYPES.join(' or ')}, found ${accept.slice(0, 100)}`)
  return type === 'application/json'
}

/** Tells caches that the answer depends on `Accept`, besides what else it depends on. */
export function varyByAccept(reply: FastifyReply): void {
  if (!reply.hasHeader('vary')) return void reply.header('vary', 'accept')
  const others = String(reply.getHeader('vary') ?? '')
    .split(/, */)
    .filter(name => name && name !== 'accept')
  reply.header('vary', [...others, 'accept'].join(', '))
}

/** What the JSON form of an answer says. */
export function body({ source, items, unknownMovieIds }: Recommendation): object {
  return { source, items: items(), ...(unknownMovieIds.length > 0 && { unknownMovieIds }) }
}

/**
 * What to send: movie ids joined by commas and nothing else, or, by `Accept`, JSON with everything that is known about
 * them. Fastify sends what a route promises; a promise of the reply itself would wait for the end of the response.
 */
export function answer(request: FastifyRequest, reply: FastifyReply, recommendation: Recommendation, about: object): string | object {
  varyByAccept(reply.header('x-recommendation-source', recommendation.source))
  if (wantsJson(request.headers.accept)) {
    reply.type('application/json; charset=utf-8')
    return { ...about, ...body(recommendation) }
  }
  reply.type('text/plain; charset=utf-8')
  return recommendation.movieIds.join(',')
}
