import { paintLabels } from './map-labels.js'

/** Above this many in sight, dots are squares: they are too small to show it, and faster. */
const MOST_ROUND = 12_000

/**
 * Draws the map on a canvas: dots, then what was rated (a star) and what is recommended (a disc with its number), then titles.
 *
 * @param colours as CSS: `genres`, one for each place of `dots.colour`, then `text`, `ground` and `mark`
 * @param marks rows: `rated` and `recommended`, and `focus`, which may be undefined; `isShown(row)` says which dots are drawn
 */
export function paint(canvas, view, dots, colours, marks, labelOf) {
  const context = canvas.getContext('2d')
  const ratio = canvas.width / view.width
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, view.width, view.height)
  const seen = inSight(view, dots).filter(marks.isShown)
  const radius = radiusOf(view, dots.count)
  paintDots(context, view, dots, seen, colours.genres, { radius, ratio, faint: marks.rated.length + marks.recommended.length > 0 })
  paintMarks(context, view, dots, colours, marks)
  paintLabels(context, view, dots, seen, colours, marks, labelOf)
}

/** The rows in sight, the best known last. */
function inSight(view, { x, y, order }) {
  const [left, top] = [0, 1].map(axis => view.middle[axis] - [view.width, view.height][axis] / 2 / view.scale)
  const [right, bottom] = [2 * view.middle[0] - left, 2 * view.middle[1] - top]
  return order.filter(row => x[row] > left && x[row] < right && y[row] > top && y[row] < bottom)
}

/** In pixels: smaller where there are more, larger when one looks closer. */
const radiusOf = (view, count) => Math.min(7, Math.max(1, 0.3 * Math.sqrt((view.width * view.height * view.zoom) / count)))

function paintDots(context, view, { x, y, colour }, seen, colours, { radius, ratio, faint }) {
  const [dx, dy] = view.toCanvas(0, 0).map(place => place - radius)
  const { scale } = view
  context.globalAlpha = faint ? 0.45 : 0.85
  for (const [place, fill] of colours.entries()) {
    context.fillStyle = fill
    const disc = seen.length <= MOST_ROUND && discOf(radius, fill, ratio)
    for (const row of seen) {
      if (colour[row] !== place) continue
      if (disc) context.drawImage(disc, x[row] * scale + dx, y[row] * scale + dy, 2 * radius, 2 * radius)
      else context.fillRect(x[row] * scale + dx, y[row] * scale + dy, 2 * radius, 2 * radius)
    }
  }
  context.globalAlpha = 1
}

/** A picture of one dot: to draw it again and again is faster than a path. */
function discOf(radius, fill, ratio) {
  const side = Math.ceil(2 * radius * ratio)
  const disc = Object.assign(document.createElement('canvas'), { width: side, height: side })
  const context = disc.getContext('2d')
  context.fillStyle = fill
  context.beginPath()
  context.arc(side / 2, side / 2, side / 2, 0, 2 * Math.PI)
  context.fill()
  return disc
}

function paintMarks(context, view, { x, y }, { mark, onMark, text, ground }, { rated, recommended, focus }) {
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (const [i, row] of [...recommended.entries()].reverse()) {
    const place = view.toCanvas(x[row], y[row])
    disc(context, place, 9, mark, ground)
    write(context, String(i + 1), place, '600 11px system-ui, sans-serif', onMark)
  }
  for (const row of rated) {
    const place = view.toCanvas(x[row], y[row])
    disc(context, place, 9, text, ground)
    write(context, '★', place, '13px system-ui, sans-serif', ground)
  }
  if (focus !== undefined) {
    context.beginPath()
    context.arc(...view.toCanvas(x[focus], y[focus]), 12, 0, 2 * Math.PI)
    context.lineWidth = 3
    context.strokeStyle = text
    context.stroke()
  }
}

function disc(context, [px, py], radius, fill, edge) {
  context.beginPath()
  context.arc(px, py, radius, 0, 2 * Math.PI)
  context.fillStyle = fill
  context.fill()
  context.lineWidth = 2
  context.strokeStyle = edge
  context.stroke()
}

function write(context, text, [px, py], font, fill) {
  context.font = font
  context.fillStyle = fill
  context.fillText(text, px, py + 0.5)
}
