import { paintLabels } from './map-labels.js'

/** Above this many in sight, dots are squares: they are too small to show it, and faster. */
const MOST_ROUND = 12_000
/** Above this many, what was rated is a small disc in place of a star. */
const MOST_STARS = 60

/**
 * Draws the map on a canvas: dots, then what was rated (a star) and what is recommended (a disc with its number), then titles.
 * The dots are kept: as long as only the pointer moves, they need not be drawn again.
 */
export class Painter {
  #layer = document.createElement('canvas')
  #seen = new Uint32Array(0)

  /** @param labelOf the title of a row */
  constructor(canvas, dots, labelOf) {
    Object.assign(this, { canvas, dots, labelOf })
  }

  /**
   * @param colours as CSS: `genres`, one for each place of `dots.colour`, then `text`, `ground` and `mark`
   * @param marks rows: `rated` and `recommended`, and `focus`, which may be undefined; `isShown(row)` says which dots are drawn
   * @param isMoved whether anything but the focus is another than the last time
   */
  paint(view, colours, marks, isMoved) {
    const ratio = this.canvas.width / view.width
    if (isMoved) {
      Object.assign(this.#layer, { width: this.canvas.width, height: this.canvas.height })
      this.#seen = inSight(view, this.dots, marks.isShown)
      const faint = marks.rated.length + marks.recommended.length > 0
      paintDots(scaled(this.#layer, ratio), view, this.dots, this.#seen, colours.genres, { ratio, faint })
    }
    const context = scaled(this.canvas, ratio)
    context.clearRect(0, 0, view.width, view.height)
    context.drawImage(this.#layer, 0, 0, view.width, view.height)
    paintMarks(context, view, this.dots, colours, marks)
    paintLabels(context, view, this.dots, this.#seen, colours, marks, this.labelOf)
  }
}

function scaled(canvas, ratio) {
  const context = canvas.getContext('2d')
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}

/** The shown rows in sight, the best known last. */
function inSight(view, { x, y, order }, isShown) {
  const [left, top] = [0, 1].map(axis => view.middle[axis] - [view.width, view.height][axis] / 2 / view.scale)
  const [right, bottom] = [2 * view.middle[0] - left, 2 * view.middle[1] - top]
  const seen = new Uint32Array(order.length)
  let count = 0
  for (let i = 0; i < order.length; i++) {
    const row = order[i]
    if (x[row] > left && x[row] < right && y[row] > top && y[row] < bottom && isShown(row)) seen[count++] = row
  }
  return seen.subarray(0, count)
}

/** In pixels: smaller where there are more, larger when one looks closer. */
const radiusOf = (view, count) => Math.min(7, Math.max(1, 0.3 * Math.sqrt((view.width * view.height * view.zoom) / count)))

function paintDots(context, view, { x, y, colour }, seen, colours, { ratio, faint }) {
  const radius = radiusOf(view, x.length)
  const [dx, dy] = view.toCanvas(0, 0).map(place => place - radius)
  const { scale } = view
  context.globalAlpha = faint ? 0.45 : 0.85
  for (const [place, fill] of colours.entries()) {
    context.fillStyle = fill
    const disc = seen.length <= MOST_ROUND && discOf(radius, fill, ratio)
    for (let i = 0; i < seen.length; i++) {
      const row = seen[i]
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
    disc(context, place, rated.length > MOST_STARS ? 4 : 9, text, ground)
    if (rated.length <= MOST_STARS) write(context, '★', place, '13px system-ui, sans-serif', ground)
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
