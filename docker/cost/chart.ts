import { draw, INK, PAPER } from '../../models/train/cli/draw.js'
import type { World } from './bill.js'
import { changes, type Curve, curves, dearerFrom, LOADS, type Point, rounded } from './curves.js'
import { PEAK_RATIO } from './daily-load.js'

const WIDTH = 580
const HEIGHT = 430
/** Where names stand, right of the lines, and how far apart at least. */
const NAMES_AT = WIDTH + 26
const NAME_HEIGHT = 17
/** Free has no place on a logarithmic scale. */
const LEAST_USD = 1
const MOST_USD = 1e5
/** On a light page and on a dark one: one hue for each kind of target, told apart also by those who do not see all colours. */
const COLOURS: Record<string, [light: string, dark: string]> = {
  'App Runner': ['#117733', '#3fb970'],
  'ECS Express Mode': ['#882255', '#e06aa4'],
  'Fargate, amd64': ['#882255', '#e06aa4'],
  'Fargate, arm64': ['#cc6699', '#f4a9cb'],
  'Fargate, part Spot': ['#aa4499', '#d184cc'],
  Lightsail: ['#8a6d00', '#d1a82c'],
  'Lambda, Function URL': ['#332288', '#a39af5'],
  'Lambda, ALB': ['#4477aa', '#76aee0'],
  'Lambda, HTTP API': ['#cc5500', '#ff9d5c'],
  'Lambda, REST API': ['#cc3311', '#ff7b66']
}

/** An axis title that lies across, above its axis: beside it there is no room. */
const ABOVE = { titleAngle: 0, titleAlign: 'left', titleX: -60, titleY: -14 }

/** Cost against load for every target, both on logarithmic scales, as an SVG. */
export const chart = (world: World): Promise<string> => draw(spec(curves(world), world), Object.fromEntries(Object.values(COLOURS)))

function spec(all: Curve[], { prices: { list }, capacity }: World): object {
  const colour = { field: 'colour', type: 'nominal', scale: null, legend: null } as const
  return {
    title: {
      text: 'A month of recommendations, by load',
      subtitle: [
        `The busiest second has ${PEAK_RATIO} times the mean. From a circle on, that Lambda costs more than that server. A line ends at a default quota.`,
        `List prices of ${list.region}, read ${list.read}. Capacity of the service, measured ${capacity.measured}.`
      ],
      fontSize: 17,
      subtitlePadding: 6,
      offset: 16
    },
    width: WIDTH,
    height: HEIGHT,
    // text is not measured here, so its room is given
    autosize: 'none',
    padding: { left: 84, top: 106, right: 300, bottom: 54 },
    encoding: {
      x: {
        field: 'load',
        type: 'quantitative',
        scale: { type: 'log', domain: [LOADS[0], LOADS[LOADS.length - 1]], nice: false },
        axis: axis('requests a day', [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9], rounded)
      },
      y: {
        field: 'usd',
        type: 'quantitative',
        scale: { type: 'log', domain: [LEAST_USD, MOST_USD], nice: false },
        axis: axis('USD a month', [1, 10, 100, 1e3, 1e4, 1e5], usd => (usd === LEAST_USD ? `≤ ${usd}` : usd.toLocaleString('en')), ABOVE)
      }
    },
    layer: [
      {
        data: {
          values: all.flatMap(({ target, points }) => points.map(point => ({ target, colour: COLOURS[target][0], ...drawn(point) })))
        },
        mark: { type: 'line', strokeWidth: 2.25 },
        encoding: { color: colour, detail: { field: 'target', type: 'nominal' } }
      },
      {
        data: { values: crossings(all).map(drawn) },
        mark: { type: 'point', filled: true, size: 34, color: PAPER, stroke: INK, strokeWidth: 1.2, opacity: 1 }
      },
      {
        data: {
          values: changes(all).map(change => ({
            ...drawn(change),
            label: [`from ${rounded(change.load)} a day on`, `${change.target} is the cheapest`]
          }))
        },
        layer: [
          { mark: { type: 'point', filled: true, size: 80, color: INK, stroke: PAPER, strokeWidth: 1.5, opacity: 1 } },
          {
            mark: { type: 'text', align: 'left', baseline: 'top', dx: 7, dy: 9, fontSize: 12, color: INK },
            encoding: { text: { field: 'label', type: 'nominal' } }
          }
        ]
      },
      {
        data: { values: names(all) },
        encoding: { y: { field: 'at', type: 'quantitative', scale: null }, color: colour },
        layer: [
          {
            mark: { type: 'rule', strokeDash: [2, 3] },
            encoding: {
              x: { field: 'x', type: 'quantitative', scale: null },
              x2: { value: NAMES_AT - 4 },
              y: { field: 'y', type: 'quantitative', scale: null },
              y2: { field: 'at' }
            }
          },
          {
            mark: { type: 'text', align: 'left', fontSize: 12.5, fontWeight: 600 },
            encoding: { x: { value: NAMES_AT }, text: { field: 'name', type: 'nominal' } }
          }
        ]
      }
    ]
  }
}

const drawn = <T extends Point>(point: T): T => ({ ...point, usd: Math.max(LEAST_USD, point.usd) })

/** Where each of Lambda's doors begins to cost more than each server. */
function crossings(all: Curve[]): Point[] {
  const isLambda = ({ target }: Curve): boolean => target.startsWith('Lambda')
  const servers = all.filter(curve => !isLambda(curve))
  return all
    .filter(isLambda)
    .flatMap(door => servers.flatMap(server => dearerFrom(door, server) ?? []))
    .filter(({ load }) => load > LOADS[0])
}

const axis = (title: string, values: number[], label: (value: number) => string, placed = {}): object => ({
  title,
  values,
  labelExpr: `{${values.map(value => `"${value}": "${label(value)}"`).join()}}[datum.value]`,
  grid: true,
  titleFontSize: 13,
  titlePadding: 10,
  ...placed
})

interface Name {
  name: string
  colour: string
  /** where the line ends */
  x: number
  y: number
  /** height of the name */
  at: number
}

/** Names beside the ends of the lines, one for all that cost the same, moved apart where they would cover each other. */
function names(all: Curve[]): Name[] {
  const part = (value: number, least: number, most: number): number => Math.log(value / least) / Math.log(most / least)
  const byLine = new Map<string, Name>()
  for (const { target, points } of all) {
    const { load, usd } = points[points.length - 1]
    const line = points.map(({ usd }) => usd.toPrecision(6)).join()
    const same = byLine.get(line)
    const y = HEIGHT * (1 - part(usd, LEAST_USD, MOST_USD))
    const x = WIDTH * part(load, LOADS[0], LOADS[LOADS.length - 1])
    byLine.set(line, { name: same ? `${same.name} = ${target}` : target, colour: COLOURS[target][0], x, y, at: y })
  }
  const upwards = [...byLine.values()].sort((a, b) => b.y - a.y)
  for (let i = 1; i < upwards.length; i++) upwards[i].at = Math.min(upwards[i].y, upwards[i - 1].at - NAME_HEIGHT)
  return upwards
}
