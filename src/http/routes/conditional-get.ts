import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fresh from 'fresh'
import type { Manifest } from '../../recommender/model/manifest.js'
import { type MediaType, varyBy } from './reply.js'

/**
 * Makes the `ETag` of an answer before anything is scored. The model never changes within a process, so the model, the
 * version of the service, the URL, the media type and, where there is a store, the revision of the user's history decide the answer.
 */
export function etagsOf({ files }: Manifest, appVersion: string): (url: string, type: MediaType, revision?: string) => string {
  const model = hash(JSON.stringify([files, appVersion]))
  return (url, type, revision) => {
    const form = type === 'application/json' ? 'json' : 'text'
    const live = revision === undefined ? '' : `${revision}.`
    return `"${model}.${form}.${live}${FITS_ETAG.test(url) ? url : hash(url)}"`
  }
}

/** A URL that may stand in an `ETag` as it is: short, and without the comma, which separates tags in `If-None-Match`. */
const FITS_ETAG = /^[!#-+\--~]{1,99}$/

/** Replies with 304 when the caller has this answer already. */
export function replyIfUnmodified(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  if (!isFresh(request, etag)) return false
  varyBy(reply.code(304), 'accept')
  reply.send()
  return true
}

/** Whether the caller has this answer. Only `If-None-Match` counts: browsers add `Cache-Control: no-cache` and still want the 304. */
export function isFresh({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']
  return known !== undefined && fresh({ 'if-none-match': known }, { etag })
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)
