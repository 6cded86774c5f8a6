import { draw, heading, INK } from '../../../models/train/cli/draw.js'
import { DEFAULT } from '../catalogues/catalogue.js'
import type { Results } from '../measure/campaign.js'
import type { Machine } from '../measure/machine.js'

const COLOURS = ['#d3e6f5', '#9ecae9', '#69a9d6', '#3f83bd', '#23557f']
const REFERENCE = '#d6604d'
const FASTAPI = '#7f56a8'
const DARK = {
  [COLOURS[0]]: '#24557e',
  [COLOURS[1]]: '#3e82bc',
  [COLOURS[2]]: '#6aaad7',
  [COLOURS[3]]: '#9fcaea',
  [COLOURS[4]]: '#d4e7f6',
  [REFERENCE]: '#ff8a75',
  [FASTAPI]: '#a855f7'
}

/** Requests a second against plain Fastify + ONNX Runtime, and the p99 beside it, by catalogue and number of connections; so of FastAPI, if measured. */
export const throughputChart = (all: Results[], machine: Machine): Promise<string> => draw(spec(all, machine), DARK)

function spec(all: Results[], machine: Machine): object {
  const values = all.flatMap(({ name, items, dimensions, closed }) =>
    closed.flatMap(({ connections, ratios, medians }) =>
      !ratios.service
        ? []
        : [
            {
              catalogue: `${items.toLocaleString('en-US')}|× ${dimensions}${name === DEFAULT ? ', default' : ''}`,
              connections: connections === 1 ? '1 connection' : `${connections}`,
              ratio: ratios.service.toPlain,
              p99: medians.service?.p99,
              plain: medians.plain?.p99,
              fastapiRatio: ratios.fastapi?.toPlain,
              fastapiP99: medians.fastapi?.p99
            }
          ]
    )
  )
  const fastapi = values.some(({ fastapiRatio }) => fastapiRatio !== undefined)
  return {
    title: {
      text: 'The service beside plain Fastify that runs the same graph, once for each request',
      subtitle: [
        `Random users, nothing cached. ${machine.cpu}, ${machine.cores} cores, ${machine.generator} beside the service.`,
        ...(fastapi ? ['Violet lines: FastAPI + ONNX Runtime, one process a core.'] : [])
      ],
      offset: 14
    },
    data: { values },
    bounds: 'flush',
    spacing: 70,
    hconcat: [
      panel('Requests a second, plain Fastify + ONNX Runtime = 1', 'ratio', '.1f', { datum: 1 }, fastapi && 'fastapiRatio'),
      panel('p99 in ms, line: plain Fastify + ONNX Runtime', 'p99', '.0f', 'plain', fastapi && 'fastapiP99')
    ],
    resolve: { scale: { color: 'shared' } }
  }
}

function panel(title: string, field: string, format: string, reference: string | { datum: number }, fastapi: string | false): object {
  const x = {
    field: 'catalogue',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelAngle: 0, labelExpr: "split(datum.label, '|')" },
    scale: { paddingInner: 0.25 }
  }
  const xOffset = { field: 'connections', sort: null }
  const ticks = (color: string, field: string): object => ({
    mark: { type: 'tick', color, thickness: 2, opacity: 1 },
    encoding: { x, xOffset, y: { field, type: 'quantitative' } }
  })
  const line =
    typeof reference === 'string'
      ? ticks(REFERENCE, reference)
      : { mark: { type: 'rule', color: REFERENCE, strokeWidth: 2 }, encoding: { y: { datum: reference.datum } } }
  return {
    width: 360,
    height: 220,
    layer: [
      heading(title),
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          xOffset,
          y: { field, type: 'quantitative', title: null, axis: { tickCount: 5, grid: true, domain: false, ticks: false } },
          color: {
            field: 'connections',
            sort: null,
            scale: { range: COLOURS },
            legend: { title: null, orient: 'bottom' }
          }
        }
      },
      line,
      ...(fastapi ? [ticks(FASTAPI, fastapi)] : []),
      {
        mark: { type: 'text', dy: -6, fontSize: 9, color: INK },
        encoding: { x, xOffset, y: { field, type: 'quantitative' }, text: { field, format } }
      }
    ]
  }
}
