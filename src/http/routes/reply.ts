import type { FastifyReply } from 'fastify'
import Negotiator from 'negotiator'
import type { Recommendation, Source } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'

const TYPES = ['text/plain', 'application/json'] as const

/** The two forms of an answer: movie ids joined by commas and nothing else, or JSON with everything that is known about them. */
export type MediaType = (typeof TYPES)[number]

/** Whole texts: Node checks each character of a header, which takes longer for one that is joined anew for each answer. */
const CONTENT_TYPES: Record<MediaType, string> = {
  'text/plain': 'text/plain; charset=utf-8',
  'application/json': 'application/json; charset=utf-8'
}

/** Plain text unless `Accept` prefers JSON; text for who takes nothing but HTML, too. @throws Problem when it takes neither */
export function mediaTypeOf(accept: string | undefined): MediaType {
  if (!accept || accept === '*/*') return 'text/plain'
  const type = preferredOf(TYPES, accept)
  if (type) return type
  if (preferredOf(['text/html'], accept)) return 'text/plain'
  throw new Problem('not_acceptable', `Accept: expected ${TYPES.join(' or ')}, found ${accept.slice(0, 100)}`)
}

/** The same for an answer that may have reasons, for which text has no room. @throws Problem */
export function explainedTypeOf(accept: string | undefined, isExplained = false): MediaType {
  const type = mediaTypeOf(accept)
  if (isExplained && type === 'text/plain')
    throw new Problem('invalid_request', 'explain: expected `Accept: application/json` beside it, for text has no room for reasons')
  return type
}

/** A parameter of a media type, but for `q`; its value may be quoted. */
const OTHER_PARAMETER = /;(?!\s*q\s*=)[^;,="]*(=\s*("(\\.|[^"\\])*"|[^;,"]*))?/gi

/** The type that `Accept` prefers. Only `q` decides: of other parameters, such as `charset`, we have none to choose from. */
export function preferredOf<const Type extends string>(types: readonly Type[], accept: string): Type | undefined {
  const headers = { accept: accept.replace(OTHER_PARAMETER, '') }
  return new Negotiator({ headers }).mediaType([...types]) as Type | undefined
}

/** Adds a request header to those that the answer depends on, for caches. */
export function varyBy(reply: FastifyReply, name: 'accept' | 'accept-encoding'): void {
  const others = reply.getHeader('vary')
  reply.header('vary', others === undefined ? name : `${String(others)}, ${name}`)
}

/** Sets the headers that say what the answer is. */
export function describeReply(reply: FastifyReply, type: MediaType, source: Source): void {
  varyBy(reply.header('x-recommendation-source', source), 'accept')
  reply.type(CONTENT_TYPES[type])
}

/** The members of the JSON form. */
export function toJson({ source, items, reasons, unknownMovieIds }: Recommendation): object {
  return { source, items: items(), ...(reasons && { reasons }), ...(unknownMovieIds.length > 0 && { unknownMovieIds }) }
}

/** @param about further members of the JSON form */
export function payloadOf(recommendation: Recommendation, type: MediaType, about: object): string | object {
  return type === 'application/json' ? { ...about, ...toJson(recommendation) } : recommendation.movieIds.join(',')
}
