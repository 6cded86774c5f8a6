import type { Results } from '../measure/campaign.js'
import { figure, loadName } from './table.js'

/** What matters most of each catalogue: the service beside plain Fastify with ONNX Runtime, as a table for a page in Markdown. */
export function summaryTable(catalogues: Results[]): { header: string[]; rows: string[][] } {
  const rows = catalogues.flatMap(({ items, dimensions, closed, open }) => {
    const catalogue = `${items.toLocaleString('en-US')} × ${dimensions}`
    return [
      ...closed.map(each => ({ ...each, name: loadName(each.connections) })),
      ...open.map(each => ({ ...each, name: `${each.rate} requests/s` }))
    ].map(({ name, medians: { service, plain }, ratios }) => [
      catalogue,
      name,
      figure(service?.rps),
      figure(ratios.service?.toPlain),
      `${figure(service?.cpu)} µs`,
      figure(ratios.service?.cpuToPlain),
      `${figure(service?.p99)} ms`,
      `${figure(plain?.p99)} ms`,
      `${figure(service?.rss)} MB`
    ])
  })
  return { header: ['items', 'load', 'requests/s', '× P', 'CPU a request', 'CPU × P', 'p99', 'p99 of P', 'memory'], rows }
}
