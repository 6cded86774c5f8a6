/** Titles on the map: of the marked films, then of the best known ones, as long as none lies on another. */
const MOST = 40
/** How many of the best known films are tried for a place. */
const TRIED = 500
const HEIGHT = 16
const GAP = 2

/** @param seen the rows in sight, the best known last */
export function paintLabels(context, view, { x, y }, seen, { text, ground }, { rated, recommended, focus }, labelOf) {
  context.font = '12px system-ui, sans-serif'
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = 3
  context.strokeStyle = ground
  context.fillStyle = text
  const marked = [...(focus === undefined ? [] : [focus]), ...rated.slice(-MOST).reverse(), ...recommended]
  const others = seen.slice(-TRIED).reverse()
  const boxes = marked.map(row => view.toCanvas(x[row], y[row])).map(([px, py]) => ({ left: px - 9, right: px + 9, middle: py }))
  let count = 0
  for (const row of new Set([...marked, ...others])) {
    if (count >= MOST) return
    const name = shorten(labelOf(row))
    const [px, py] = view.toCanvas(x[row], y[row])
    const width = context.measureText(name).width
    const isRight = px + 14 + width < view.width
    const left = isRight ? px + 12 : px - 12 - width
    const box = { left, right: left + width, middle: py }
    if (left < 0 || py < HEIGHT || py > view.height - HEIGHT || boxes.some(other => overlaps(box, other))) continue
    boxes.push(box)
    context.strokeText(name, left, py)
    context.fillText(name, left, py)
    count++
  }
}

const overlaps = (a, b) => a.left < b.right + GAP && b.left < a.right + GAP && Math.abs(a.middle - b.middle) < HEIGHT

const shorten = name => (name.length > 32 ? `${name.slice(0, 31)}…` : name)
