import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { isFresh } from './conditional-get.js'
import { varyBy } from './reply.js'

const compress = promisify(gzip)

/** A page, a script or the like: made once, and the same bytes for everybody, however many want them at the same time. */
export interface Document {
  type: string
  body: Buffer
  etag: string
  /** made when it is first asked for */
  gzipped?: Promise<Buffer>
  headers: Record<string, string>
}

/** @param headers besides type, `ETag` and caching */
export function document(type: string, content: Buffer | string, headers: Record<string, string> = {}): Document {
  const body = Buffer.from(content)
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`, headers }
}

/** Sends the document, compressed where the caller takes that, or 304 where they have it. */
export async function sendDocument(request: FastifyRequest, reply: FastifyReply, document: Document): Promise<FastifyReply> {
  const { type, body, etag, headers } = document
  const encoding = new Negotiator(request.raw).encoding(['gzip', 'identity'])
  const tag = encoding === 'gzip' ? etag.replace(/"$/, '-gzip"') : etag
  varyBy(reply.headers({ ...headers, etag: tag, 'cache-control': 'public, no-cache' }), 'accept-encoding')
  if (isFresh(request, tag)) return reply.code(304).send()
  reply.type(type)
  if (encoding !== 'gzip') return reply.send(body)
  document.gzipped ??= compress(body, { level: 9 })
  return reply.header('content-encoding', 'gzip').send(await document.gzipped)
}
