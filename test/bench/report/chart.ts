import { writeFile } from 'node:fs/promises'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Results } from '../measure/campaign.js'
import type { Machine } from '../measure/machine.js'
import { DEFAULT } from '../catalogues/catalogue.js'

const FONT = 'Helvetica, Arial, sans-serif'
const CONFIG = {
  background: 'white',
  font: FONT,
  padding: 12,
  view: { stroke: null },
  axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', grid: false, domainColor: '#888', tickColor: '#888' },
  axisY: { grid: true, gridColor: '#e6e6e6', domain: false, ticks: false },
  legend: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' },
  title: { fontSize: 14, anchor: 'start', subtitleFontSize: 12, subtitleColor: '#555', offset: 14 }
} as const
const COLOURS = ['#9ecae9', '#2f6fa7']

/** Draws a chart into an SVG file. */
export async function draw(spec: object, file: string): Promise<void> {
  const full = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...spec, config: CONFIG } as unknown as TopLevelSpec
  const view = new View(parse(compile(full).spec), { renderer: 'none' })
  await writeFile(file, `${await view.toSVG()}\n`)
  view.finalize()
}

/** Requests a second against bare Fastify, and the p99 beside it, by catalogue and number of connections. */
export function throughputChart(all: Results[], machine: Machine): object {
  const values = all.flatMap(({ name, items, dimensions, closed }) =>
    closed.flatMap(({ connections, ratios, medians }) =>
      connections === 1 || !ratios.service
        ? []
        : [
            {
              catalogue: `${items.toLocaleString('en-US')}|× ${dimensions}${name === DEFAULT ? ', default' : ''}`,
              connections: `${connections} connections`,
              ratio: ratios.service.toBare,
              p99: medians.service?.p99,
              bare: medians.bare?.p99
            }
          ]
    )
  )
  return {
    title: {
      text: 'The service against bare Fastify that answers a constant',
      subtitle: `Random users, nothing cached. ${machine.cpu}, ${machine.cores} cores, ${machine.generator} beside the service.`
    },
    data: { values },
    bounds: 'flush',
    spacing: 70,
    hconcat: [
      panel('Requests a second, bare Fastify = 1', 'ratio', '.2f', { datum: 1, label: 'bare Fastify' }),
      panel('p99 in ms, line: bare Fastify', 'p99', '.0f', 'bare')
    ],
    resolve: { scale: { color: 'shared' } }
  }
}

function panel(title: string, field: string, format: string, reference: string | { datum: number; label: string }): object {
  const x = {
    field: 'catalogue',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelAngle: 0, labelExpr: "split(datum.label, '|')" },
    scale: { paddingInner: 0.25 }
  }
  const xOffset = { field: 'connections', sort: null }
  const line =
    typeof reference === 'string'
      ? {
          mark: { type: 'tick', color: '#d6604d', thickness: 2, opacity: 1 },
          encoding: { x, xOffset, y: { field: reference, type: 'quantitative' } }
        }
      : { mark: { type: 'rule', color: '#d6604d', strokeWidth: 2 }, encoding: { y: { datum: reference.datum } } }
  return {
    title: { text: title, fontSize: 12, fontWeight: 'normal' },
    width: 310,
    height: 220,
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          xOffset,
          y: { field, type: 'quantitative', title: null, axis: { tickCount: 5 } },
          color: {
            field: 'connections',
            sort: null,
            scale: { range: COLOURS },
            legend: { title: null, orient: 'bottom' }
          }
        }
      },
      line,
      {
        mark: { type: 'text', dy: -6, fontSize: 11, color: '#333' },
        encoding: { x, xOffset, y: { field, type: 'quantitative' }, text: { field, format } }
      }
    ]
  }
}
