import type { Prometheus } from '../../metrics/prometheus.js'
import type { App } from '../fastify.js'
import { GUARDED, plainText, responses } from '../schemas.js'
import { EXEMPT } from '../security/exempt.js'
import { document, type Document, sendDocument } from './documents.js'

/** The metrics, where Prometheus fetches them. */
export function metricsRoute(app: App, prometheus: Prometheus): void {
  const schema = {
    operationId: 'metrics',
    summary: 'Figures for Prometheus',
    tags: ['operations'],
    response: responses('The text format of Prometheus.', plainText, ...GUARDED)
  }
  app.get('/metrics', { schema }, async (_request, reply) => {
    return reply.type(prometheus.contentType).send(await prometheus.text())
  })
}

/** The OpenAPI document, made from the schemas that validate requests. */
export function openapiRoute(app: App): void {
  let found: Document | undefined
  app.get('/openapi.json', { schema: { hide: true }, config: EXEMPT }, (request, reply) =>
    sendDocument(request, reply, (found ??= document('application/json; charset=utf-8', JSON.stringify(app.swagger()))))
  )
}
