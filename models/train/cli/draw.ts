import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

export const INK = '#1f2328'
export const FAINT = '#59636e'
export const GRID = '#e3e7eb'
export const PAPER = '#ffffff'
/** What each of them becomes on a dark page. */
const DARK = { [INK]: '#e6edf3', [FAINT]: '#9198a1', [GRID]: '#2b3138', [PAPER]: '#0d1117' }

const CONFIG = {
  background: PAPER,
  font: 'Helvetica, Arial, sans-serif',
  padding: 12,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    labelFontSize: 12,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    grid: false,
    gridColor: GRID,
    domainColor: FAINT,
    tickColor: FAINT
  },
  legend: { labelColor: INK, labelFontSize: 12, titleColor: INK, titleFontSize: 12, titleFontWeight: 'normal' },
  // Relative to the plot: Vega only guesses how wide the labels beside it are.
  title: { color: INK, fontSize: 14, anchor: 'start', frame: 'group', subtitleColor: FAINT, subtitleFontSize: 12, offset: 14 }
} as const

/**
 * Draws a chart as an SVG that stands by itself. Its background is its own, and where the reader's system is dark its colours
 * change, so an `<img>` on any page can be read.
 *
 * @param dark what colours of this chart become there, besides those above
 */
export async function draw(spec: object, dark: Record<string, string> = {}): Promise<string> {
  const full = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...spec, config: CONFIG } as unknown as TopLevelSpec
  const view = new View(parse(compile(full).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${shorten(svg).replace(/^<svg [^>]*>/, root => root + style({ ...DARK, ...dark }))}\n`
}

function style(dark: Record<string, string>): string {
  const rules = Object.entries(dark).flatMap(([from, to]) => [`[fill="${from}"]{fill:${to}}`, `[stroke="${from}"]{stroke:${to}}`])
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`
}

/** A hundredth of a pixel is enough. */
const shorten = (svg: string): string => svg.replaceAll(/\d+\.\d{3,}/g, number => Number(number).toFixed(2))

/** A plot's heading, as a layer of it. Vega would set a title higher or lower as the figures below it need room. */
export const heading = (...lines: string[]): object => ({
  data: { values: [{}] },
  mark: { type: 'text', text: lines, align: 'left', baseline: 'bottom', lineHeight: 14, fontSize: 12, color: INK },
  encoding: { x: { value: 0 }, y: { value: -12 - 14 * lines.length } }
})
