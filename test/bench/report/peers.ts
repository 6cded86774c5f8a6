import type { Results, Side } from '../measure/campaign.js'
import { figure, loadName } from './table.js'

/** The sides that somebody could run instead of the service. */
const PEERS: Partial<Record<Side, string>> = {
  service: '**this service**',
  plain: 'Fastify + onnxruntime-node, one run a request',
  fastapi: 'FastAPI + ONNX Runtime, one process a core'
}
/** Connections at which a request's time and CPU are told. */
const AT = 64

/** The service beside its peers, as a table for a page in Markdown: requests a second by number of connections. */
export function peersTable({ closed }: Results): { header: string[]; rows: string[][] } {
  const crowd = closed.find(({ connections }) => connections === AT)
  const rows = Object.entries(PEERS).flatMap(([side, name]) => {
    const { p99, cpu } = crowd?.medians[side as Side] ?? {}
    if (p99 === undefined) return []
    return [[name, ...closed.map(({ medians }) => figure(medians[side as Side]?.rps)), `${figure(p99)} ms`, `${figure(cpu)} µs`]]
  })
  const loads = closed.map(({ connections }) => loadName(connections))
  return { header: ['requests/s', ...loads, `p99 at ${AT}`, `CPU a request at ${AT}`], rows }
}
