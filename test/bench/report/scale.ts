import { columns } from '../../../models/train/cli/columns.js'
import { draw, heading, INK } from '../../../models/train/cli/draw.js'
import type { Machine } from '../measure/machine.js'
import { BATCH, CARRIED, COST, INSTANCES, MEMORY, type Point } from '../measure/scale.js'
import { figure } from './table.js'

const LINE = '#2f6fa7'
const DARK = { [LINE]: '#7db8e8' }

export function scaleTable(points: Point[]): string {
  const rows = points.map(({ by, at, what, value }) => [`${by}: ${at.toLocaleString('en-US')}`, figure(value), what])
  return columns([['', 'figure', ''], ...rows], 'right')
}

/** Small multiples: one plot for each thing that grows. */
export const scaleChart = (points: Point[], machine: Machine): Promise<string> => draw(spec(points, machine), DARK)

/** Each on that side of its point where the line does not come from. */
const figures = (falls: boolean): object => ({
  transform: [{ filter: { field: 'falls', equal: falls } }],
  mark: { type: 'text', align: 'right', dy: falls ? 12 : -9, fontSize: 10.5, color: INK },
  encoding: { text: { field: 'value', format: ',.0f' } }
})

function spec(points: Point[], { cpu }: Machine): object {
  const panel = (by: string, what: string): object => {
    const values = points
      .filter(point => point.by === by && point.what === what)
      .map((point, i, all) => ({ ...point, falls: i > 0 && point.value < all[i - 1].value }))
    return {
      width: 165,
      height: 130,
      data: { values },
      layer: [
        heading(what, `by ${by}`),
        { mark: { type: 'line', color: LINE, point: { size: 40, color: LINE } } },
        figures(false),
        figures(true)
      ],
      encoding: {
        x: {
          field: 'at',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', nice: false, padding: 26 },
          axis: { format: '~s', values: values.map(({ at }) => at), labelOverlap: false }
        },
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { zero: true },
          axis: { tickCount: 4, grid: true, domain: false, ticks: false }
        }
      }
    }
  }
  return {
    columns: 4,
    // Without a canvas, Vega guesses too wide a text: the plots alone decide where the next one stands.
    bounds: 'flush',
    spacing: { row: 90, column: 56 },
    title: {
      text: 'What a request and a process cost as things grow',
      subtitle: [`Scoring in batches of ${BATCH}, one thread, ${cpu}.`, '62,000 items × 128 and 20,000 users where nothing else is said.'],
      offset: 20
    },
    concat: [
      panel('items', COST),
      panel('length of a history', COST),
      panel('n', COST),
      panel('users', COST),
      panel('users', MEMORY),
      panel('items', MEMORY),
      panel(INSTANCES, CARRIED)
    ]
  }
}
