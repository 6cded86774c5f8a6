/** How a mouse, fingers and keys move over the map. */
const CLICK_PX = 6
export const ZOOM_STEP = 1.5

/**
 * @param act `{ redraw(), hover(place), click(place, isTouch), step(dx, dy), choose(), leave() }`, where a place is `[x, y]` in pixels
 * @returns what zooms by a factor, for buttons
 */
export function listen(canvas, view, act) {
  const fingers = new Map()
  let travelled = 0

  const placeOf = ({ offsetX, offsetY }) => [offsetX, offsetY]
  const between = ([[ax, ay], [bx, by]]) => ({ middle: [(ax + bx) / 2, (ay + by) / 2], apart: Math.hypot(ax - bx, ay - by) })

  canvas.onpointerdown = event => {
    fingers.set(event.pointerId, placeOf(event))
    if (fingers.size === 1) travelled = 0
    canvas.setPointerCapture(event.pointerId)
  }
  canvas.onpointermove = event => {
    const place = placeOf(event)
    const before = fingers.get(event.pointerId)
    if (!before) return act.hover(place)
    const last = fingers.size === 2 && between([...fingers.values()])
    fingers.set(event.pointerId, place)
    const [dx, dy] = [place[0] - before[0], place[1] - before[1]]
    travelled += Math.abs(dx) + Math.abs(dy)
    if (last) {
      const now = between([...fingers.values()])
      view.pan(now.middle[0] - last.middle[0], now.middle[1] - last.middle[1])
      view.zoomAt(now.apart / last.apart, ...now.middle)
    } else if (travelled > CLICK_PX) {
      view.pan(dx, dy)
    } else return
    act.redraw()
  }
  canvas.onpointerup = event => {
    if (fingers.size === 1 && travelled <= CLICK_PX) act.click(placeOf(event), event.pointerType === 'touch')
    fingers.delete(event.pointerId)
  }
  canvas.onpointercancel = event => fingers.delete(event.pointerId)
  // A finger that is lifted leaves, too, but what it touched stays shown.
  canvas.onpointerleave = ({ pointerType }) => pointerType !== 'touch' && act.leave()
  canvas.addEventListener('wheel', event => {
    event.preventDefault()
    view.zoomAt(2 ** (-event.deltaY / 300), ...placeOf(event))
    act.redraw()
  })
  canvas.onkeydown = event => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (step) act.step(...step)
    else if (event.key === '+' || event.key === '-') zoom(event.key === '+' ? ZOOM_STEP : 1 / ZOOM_STEP)
    else if (event.key === 'Enter' || event.key === ' ') act.choose()
    else if (event.key === 'Escape') act.leave()
    else return
    event.preventDefault()
  }

  function zoom(factor) {
    view.zoomAt(factor)
    act.redraw()
  }
  return zoom
}
