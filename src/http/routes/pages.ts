import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { version } from '../../version.js'
import { pageBase } from '../base-path.js'
import type { App } from '../fastify.js'
import { EXEMPT } from '../security/exempt.js'
import { isFresh } from './conditional-get.js'

const resolve = createRequire(import.meta.url).resolve
const page = (name: string): string => fileURLToPath(new URL(`../../../src/page/${name}`, import.meta.url))

const PAGE_POLICY = "default-src 'self'; frame-ancestors 'none'"
// Swagger UI needs inline styles and images.
const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`

const html = readFileSync(page('index.html'), 'utf8')

export function sendPage({ originalUrl }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const base = pageBase(originalUrl)
  const body = base ? html.replace('<head>', `<head>\n    <base href="${base}" />`) : html
  return reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(body)
}

/** The files of the page at `/` and of the API reference at `/docs`. */
export function pageRoutes(app: App): void {
  const files: [url: string, file: string, type: string][] = [
    ['/page.js', page('page.js'), 'text/javascript'],
    ['/page.css', page('page.css'), 'text/css'],
    ['/favicon.svg', page('favicon.svg'), 'image/svg+xml'],
    ['/docs', page('docs.html'), 'text/html'],
    ['/docs/docs.js', page('docs.js'), 'text/javascript'],
    ['/docs/swagger-ui-bundle.js', resolve('swagger-ui-dist/swagger-ui-bundle.js'), 'text/javascript'],
    ['/docs/swagger-ui.css', resolve('swagger-ui-dist/swagger-ui.css'), 'text/css']
  ]
  for (const [url, file, type] of files) {
    const policy = url.startsWith('/docs') ? DOCS_POLICY : PAGE_POLICY
    const headers = { 'content-security-policy': policy, etag: `"${version}"`, 'cache-control': 'public, no-cache' }
    app.get(url, { schema: { hide: true }, config: EXEMPT }, async (request, reply) => {
      reply.headers(headers)
      if (isFresh(request, headers.etag)) return reply.code(304).send()
      return reply.type(`${type}; charset=utf-8`).send(await readFile(file))
    })
  }
}
