/** Which dot is meant. All are looked at: for 60,000 that takes less than a millisecond. */

/** The shown row nearest to a place of the map, undefined when none is within the distance. */
export function nearest({ x, y }, [px, py], distance, isShown) {
  let best
  let least = distance ** 2
  for (let row = 0; row < x.length; row++) {
    const far = (x[row] - px) ** 2 + (y[row] - py) ** 2
    if (far < least && isShown(row)) [best, least] = [row, far]
  }
  return best
}

/** The nearest row in a direction, within 45 degrees of it. */
export function next({ x, y }, from, [dx, dy], isShown) {
  let best
  let least = Number.POSITIVE_INFINITY
  for (let row = 0; row < x.length; row++) {
    const [ax, ay] = [x[row] - x[from], y[row] - y[from]]
    const along = ax * dx + ay * dy
    const aside = Math.abs(ax * dy - ay * dx)
    if (along <= aside || along + aside >= least || !isShown(row)) continue
    ;[best, least] = [row, along + aside]
  }
  return best
}

/** The rows that lie nearest to a row, nearest first. */
export function neighbours({ x, y }, from, count) {
  const far = row => (x[row] - x[from]) ** 2 + (y[row] - y[from]) ** 2
  const best = []
  for (let row = 0; row < x.length; row++) {
    if (row === from || (best.length === count && far(row) >= far(best.at(-1)))) continue
    best.push(row)
    best.sort((a, b) => far(a) - far(b))
    best.length = Math.min(best.length, count)
  }
  return best
}
