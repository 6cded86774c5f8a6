import type { FastifyRequest } from 'fastify'
import { Problem } from './errors.js'
import type { App } from './fastify.js'

/** Bodies are read as they come, by the routes that are registered after this. Compressed ones would look like broken JSON. */
export function refuseEncodedBodies(app: App): void {
  app.addHook('onRoute', route => {
    if (route.schema?.body) route.preParsing = async request => refuseEncoded(request)
  })
}

function refuseEncoded({ headers }: FastifyRequest): void {
  refuseUnless('Content-Encoding', 'identity', headers['content-encoding'])
  refuseUnless('Transfer-Encoding', 'chunked', headers['transfer-encoding'])
}

function refuseUnless(header: string, plain: string, encoding: string | undefined): void {
  if (!encoding || encoding.trim().toLowerCase() === plain) return
  const detail = `${header}: expected none or ${plain}, found ${encoding.slice(0, 100)}`
  throw new Problem('unsupported_media_type', detail, { 'accept-encoding': 'identity' })
}
