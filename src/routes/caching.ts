import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fresh from 'fresh'
import type { Manifest } from '../recommender/manifest.js'
import { wantsJson } from './answer.js'

/**
 * Marks an answer with what it depends on, and sends 304 when the caller has it already: true, then nothing is left to do.
 */
export type Unchanged = (request: FastifyRequest, reply: FastifyReply) => boolean

/**
 * Within a process the model never changes, so an answer is decided by the model, the URL and the type: its `ETag` is
 * known before anything is scored.
 */
export function caching({ files }: Manifest, appVersion: string, cacheControl: string): Unchanged {
  const model = createHash('sha256')
    .update(JSON.stringify([files, appVersion]))
    .digest('base64url')
    .slice(0, 16)
  return (request, reply) => {
    const type = wantsJson(request.headers.accept) ? 'json' : 'text'
    const etag = `"${model}.${type}.${request.url.replace(/[^!#-~]/g, '')}"`
    reply.header('etag', etag).header('cache-control', cacheControl).header('vary', 'accept')
    // Of the request's headers this one alone: a fetch() that has it says `Cache-Control: no-cache` too, and means 304.
    if (!fresh({ 'if-none-match': request.headers['if-none-match'] }, { etag })) return false
    reply.code(304).send()
    return true
  }
}
