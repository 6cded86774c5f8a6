import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pageBase } from '../base-path.js'
import type { App } from '../fastify.js'
import { ROOT } from '../../root.js'
import { EXEMPT } from '../security/exempt.js'
import { document, type Document, sendDocument } from './documents.js'

const { resolve } = createRequire(import.meta.url)
const pageFile = (name: string): URL => new URL(`src/page/${name}`, ROOT)

const PAGE_POLICY = "default-src 'self'; frame-ancestors 'none'"
// Swagger UI needs inline styles and images.
const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`

const page = (name: string, type: string, policy = PAGE_POLICY): Document =>
  document(`${type}; charset=utf-8`, readFileSync(pageFile(name)), { 'content-security-policy': policy })

/** A file of a package, for browsers. */
const packaged = (file: string, type: string, policy = PAGE_POLICY): Document =>
  document(`${type}; charset=utf-8`, readFileSync(file), { 'content-security-policy': policy })

const swaggerUi = (name: string, type: string): Document => packaged(resolve(`swagger-ui-dist/${name}`), type, DOCS_POLICY)

const homePage = page('index.html', 'text/html')

/** What browsers get at `/`: its links start below the prefix that the browser sees. */
export function sendHomePage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const base = pageBase(request.originalUrl)
  if (!base) return sendDocument(request, reply, homePage)
  const html = homePage.body.toString().replace('<head>', `<head>\n    <base href="${base}" />`)
  return sendDocument(request, reply, document(homePage.type, html, homePage.headers))
}

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' }

/** Modules and styles of the page, each under its own name. */
const parts = readdirSync(pageFile('.'))
  .filter(name => TYPES[extname(name)])
  .map((name): [string, () => Document] => [`/${name}`, () => page(name, TYPES[extname(name)])])

/** The files of the page at `/` and of the API reference at `/docs`. */
const DOCUMENTS: Record<string, () => Document> = {
  ...Object.fromEntries(parts),
  // What reads a dropped file: browsers load it when there is one.
  '/papaparse.js': () => packaged(resolve('papaparse/papaparse.min.js'), 'text/javascript'),
  '/fflate.js': () => packaged(join(dirname(resolve('fflate/package.json')), 'esm/browser.js'), 'text/javascript'),
  '/favicon.svg': () => page('favicon.svg', 'image/svg+xml'),
  '/docs': () => page('docs/index.html', 'text/html', DOCS_POLICY),
  '/docs/docs.js': () => page('docs/docs.js', 'text/javascript', DOCS_POLICY),
  '/docs/swagger-ui-bundle.js': () => swaggerUi('swagger-ui-bundle.js', 'text/javascript'),
  '/docs/swagger-ui.css': () => swaggerUi('swagger-ui.css', 'text/css')
}

export function pageRoutes(app: App): void {
  for (const [url, read] of Object.entries(DOCUMENTS)) {
    let found: Document | undefined
    app.get(url, { schema: { hide: true }, config: EXEMPT }, (request, reply) => sendDocument(request, reply, (found ??= read())))
  }
}
