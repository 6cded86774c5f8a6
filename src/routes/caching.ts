import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fresh from 'fresh'
import type { Manifest } from '../recommender/manifest.js'
import { varyByAccept, wantsJson } from './answer.js'
import type { Kept } from './kept.js'

/**
 * Marks an answer with what it depends on. True when nothing is left to do: the caller has it already, which is a 304,
 * or it has been kept since it was last worked out.
 */
export type Unchanged = (request: FastifyRequest, reply: FastifyReply) => boolean

/**
 * Within a process the model never changes, so an answer is decided by the model, the URL and the type: its `ETag` is
 * known before anything is scored.
 */
export function caching({ files }: Manifest, appVersion: string, cacheControl: string, kept?: Kept): Unchanged {
  const model = hash(JSON.stringify([files, appVersion]))
  return (request, reply) => {
    const type = wantsJson(request.headers.accept) ? 'json' : 'text'
    const url = FITS_ETAG.test(request.url) ? request.url : hash(request.url)
    const etag = `"${model}.${type}.${url}"`
    reply.header('etag', etag).header('cache-control', cacheControl)
    if (request.headers['if-none-match'] === undefined || !isFresh(request, etag)) return kept?.sends(reply, etag) ?? false
    varyByAccept(reply.code(304))
    reply.send()
    return true
  }
}

/** A URL that may stand in an `ETag` as it is: short, of characters that are allowed there, and no comma, at which `fresh` would split it. */
const FITS_ETAG = /^[!#-+\--~]{1,99}$/

/** Whether the caller has it already. Of the headers one alone counts: a `fetch()` that has it says `Cache-Control: no-cache` too, and means 304. */
export function isFresh({ headers }: FastifyRequest, etag: string): boolean {
  return fresh({ 'if-none-match': headers['if-none-match'] }, { etag })
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)
