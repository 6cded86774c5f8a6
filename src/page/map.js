import { catalogue, movieAt } from './catalogue.js'
import { $, element } from './element.js'
import { dotsOf } from './map-dots.js'
import { listen, ZOOM_STEP } from './map-gestures.js'
import { nearest, neighbours, next } from './map-near.js'
import { Painter } from './map-paint.js'
import { View } from './map-view.js'
import { nameOf } from './movie.js'

/** How near to a dot the pointer must be, in pixels. */
const REACH = { mouse: 12, touch: 24 }
const NEIGHBOURS = 5

let map
let wanted = { rated: [], recommended: [] }

/** Shows the map when its place comes into sight. @param toggle rates a movie, or takes the rating back */
export function startMap(toggle) {
  $('map').hidden = false
  new IntersectionObserver(async ([{ isIntersecting }], observer) => {
    if (!isIntersecting) return
    observer.disconnect()
    try {
      map = new FilmMap(await catalogue(), toggle)
      mark(wanted)
      $('map-status').textContent = ''
    } catch (error) {
      $('map-status').textContent = error.message
    }
  }).observe($('map'))
}

/** Marks movies, by id. */
export function mark(movieIds) {
  wanted = movieIds
  map?.mark(movieIds)
}

class FilmMap {
  #canvas = $('map-canvas')
  #marks = { rated: [], recommended: [], focus: undefined, isShown: () => true }
  #isMoved = false
  #frame
  #painter

  constructor(columns, toggle) {
    this.columns = columns
    this.toggle = toggle
    this.dots = dotsOf(columns)
    this.rows = new Map(columns.movieIds.map((id, row) => [String(id), row]))
    this.view = new View(this.dots)
    this.#painter = new Painter(this.#canvas, this.dots, this.#labelOf)
    this.#legend()
    this.#listen()
    new ResizeObserver(() => this.#resize()).observe(this.#canvas)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#restyle())
    this.#restyle()
    $('map-count').textContent = `${this.dots.count.toLocaleString('en')} films. `
  }

  mark({ rated, recommended }) {
    const rowsOf = ids => ids.map(id => this.rows.get(String(id))).filter(row => row !== undefined)
    Object.assign(this.#marks, { rated: rowsOf(rated), recommended: rowsOf(recommended) })
    this.#tell()
    this.#redraw()
  }

  /** Without the year, so that more of them fit. */
  #labelOf = row => this.columns.titles?.[row] || this.#nameOf(row)

  #nameOf = row => nameOf(movieAt(this.columns, row))

  #listen() {
    const zoom = listen(this.#canvas, this.view, {
      redraw: () => this.#redraw(),
      hover: place => this.#focus(this.#at(place, REACH.mouse)),
      leave: () => this.#focus(undefined),
      click: (place, isTouch) => {
        const row = this.#at(place, isTouch ? REACH.touch : REACH.mouse)
        // A finger sees no title before it touches: the first touch shows it, the second one rates.
        if (isTouch && row !== this.#marks.focus) this.#focus(row)
        else this.#choose(row)
      },
      choose: () => this.#choose(this.#marks.focus),
      step: (...direction) => this.#step(direction)
    })
    this.#canvas.onfocus = () => this.#canvas.matches(':focus-visible') && this.#step([0, 0])
    $('map-in').onclick = () => zoom(ZOOM_STEP)
    $('map-out').onclick = () => zoom(1 / ZOOM_STEP)
    $('map-all').onclick = () => this.#look(() => this.view.reset())
    $('map-marked').onclick = () => this.#look(() => this.view.fit(this.#marked().map(row => [this.dots.x[row], this.dots.y[row]])))
  }

  #look(move) {
    move()
    this.#redraw()
  }

  #marked = () => [...this.#marks.rated, ...this.#marks.recommended]

  #at([px, py], reach) {
    const { view } = this
    const place = [(px - view.width / 2) / view.scale + view.middle[0], (py - view.height / 2) / view.scale + view.middle[1]]
    return nearest(this.dots, place, reach / view.scale, this.#marks.isShown)
  }

  /** Goes on to the next dot in a direction; without one, or at first, to the nearest to the middle. */
  #step(direction) {
    const { focus, isShown } = this.#marks
    const row =
      focus === undefined
        ? nearest(this.dots, this.view.middle, Number.POSITIVE_INFINITY, isShown)
        : next(this.dots, focus, direction, isShown)
    if (row === undefined) return
    this.view.show(this.dots.x[row], this.dots.y[row])
    this.#redraw()
    this.#focus(row)
    $('map-status').textContent = this.#describe(row)
  }

  #describe(row) {
    const { genres = [] } = movieAt(this.columns, row)
    const { rated, recommended } = this.#marks
    const place = recommended.indexOf(row)
    const why = rated.includes(row) ? 'rated' : place >= 0 ? `recommended, number ${place + 1}` : ''
    return [this.#nameOf(row), genres.join(', '), why].filter(Boolean).join(' · ')
  }

  #focus(row) {
    if (row === this.#marks.focus) return
    this.#marks.focus = row
    this.#canvas.style.cursor = row === undefined ? '' : 'pointer'
    this.#redraw(false)
  }

  #choose(row) {
    if (row !== undefined) this.toggle(movieAt(this.columns, row))
  }

  /** A button for each genre shows its films alone. */
  #legend() {
    const { genres } = this.dots
    const buttons = [...genres, ...(genres.length ? ['other'] : [])].map((genre, place) => {
      const swatch = element('span', { className: `swatch genre-${place === genres.length ? 'other' : place}` })
      const button = element('button', { type: 'button', className: 'chip', ariaPressed: 'false' }, swatch, genre)
      button.onclick = () => {
        const isAlone = button.ariaPressed === 'true'
        for (const each of buttons) each.ariaPressed = String(each === button && !isAlone)
        this.#marks.isShown = isAlone ? () => true : row => this.dots.colour[row] === place
        this.#redraw()
      }
      return button
    })
    $('map-legend').replaceChildren(...buttons.map(button => element('li', {}, button)))
  }

  /** The map in words: what lies near the marked films. */
  #tell() {
    const near = row => neighbours(this.dots, row, NEIGHBOURS).map(this.#nameOf).join(', ')
    const sentences = this.#marked()
      .slice(0, 20)
      .map(row => element('li', {}, element('b', {}, this.#nameOf(row)), `: near ${near(row)}`))
    $('map-words').replaceChildren(...(sentences.length ? sentences : [element('li', {}, 'Rate a film, and read what lies near it.')]))
    $('map-marked').hidden = sentences.length === 0
  }

  /** The colours of the style sheet, as the browser resolves them for this scheme. */
  #restyle() {
    const probe = this.#canvas.parentElement.appendChild(element('span'))
    const resolve = name => {
      probe.style.color = `var(--${name})`
      return getComputedStyle(probe).color
    }
    const { length } = this.dots.genres
    this.colours = {
      genres: [...Array.from({ length }, (_, place) => resolve(`genre-${place}`)), resolve('genre-other')],
      text: resolve('text'),
      ground: resolve('ground'),
      mark: resolve('accent'),
      onMark: resolve('on-accent')
    }
    probe.remove()
    this.#redraw()
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#canvas
    Object.assign(this.#canvas, { width: clientWidth * devicePixelRatio, height: clientHeight * devicePixelRatio })
    this.view.resize(clientWidth, clientHeight)
    this.#redraw()
  }

  /** Once a frame, however often it is asked for. @param isMoved whether anything but the focus is another */
  #redraw(isMoved = true) {
    this.#isMoved ||= isMoved
    if (this.#frame) return
    this.#frame = requestAnimationFrame(() => {
      this.#painter.paint(this.view, this.colours, this.#marks, this.#isMoved)
      this.#isMoved = false
      this.#frame = undefined
    })
  }
}
