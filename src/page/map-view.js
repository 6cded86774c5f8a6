/** What part of the map is seen: zooming and panning, with a mouse, two fingers or buttons. */
const MOST_ZOOM = 60
const MARGIN = 24

export class View {
  zoom = 1
  /** the middle of the canvas, in map units */
  middle = [0, 0]
  #fitted = 1
  #bounds
  width = 1
  height = 1

  /** @param dots the map, of which all is seen first */
  constructor({ x, y }) {
    this.#bounds = [endsOf(x), endsOf(y)]
    this.reset()
  }

  reset() {
    this.zoom = 1
    this.middle = this.#bounds.map(([least, most]) => (least + most) / 2)
  }

  /** Zooms so that these places fill the canvas. */
  fit(places) {
    const ends = [0, 1].map(axis => endsOf(places.map(place => place[axis])))
    const [across, down] = ends.map(([least, most]) => most - least || Number.EPSILON)
    const fits = Math.min(this.width / 2 / across, this.height / 2 / down)
    this.zoom = Math.min(MOST_ZOOM / 4, Math.max(1, fits / this.#fitted))
    this.middle = ends.map(([least, most]) => (least + most) / 2)
  }

  resize(width, height) {
    const [across, down] = this.#bounds.map(([least, most]) => most - least || Number.EPSILON)
    Object.assign(this, { width, height })
    this.#fitted = Math.min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / down)
  }

  /** Pixels to a map unit. */
  get scale() {
    return this.#fitted * this.zoom
  }

  /** Where a place of the map lies on the canvas, in pixels. */
  toCanvas(x, y) {
    return [(x - this.middle[0]) * this.scale + this.width / 2, (y - this.middle[1]) * this.scale + this.height / 2]
  }

  pan(dx, dy) {
    this.#moveTo(this.middle[0] - dx / this.scale, this.middle[1] - dy / this.scale)
  }

  /** Zooms so that the place of the map under a pixel stays there. */
  zoomAt(factor, px = this.width / 2, py = this.height / 2) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor))
    const stays = 1 / this.scale - this.zoom / (this.scale * zoom)
    this.zoom = zoom
    this.#moveTo(this.middle[0] + (px - this.width / 2) * stays, this.middle[1] + (py - this.height / 2) * stays)
  }

  /** Brings a place into sight. */
  show(x, y) {
    const [px, py] = this.toCanvas(x, y)
    if (px < MARGIN || py < MARGIN || px > this.width - MARGIN || py > this.height - MARGIN) this.#moveTo(x, y)
  }

  /** The middle never leaves the map. */
  #moveTo(...place) {
    this.middle = place.map((value, axis) => Math.min(this.#bounds[axis][1], Math.max(this.#bounds[axis][0], value)))
  }
}

function endsOf(values) {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)]
  return [least, most]
}
