/** So many genres have a colour: people who see fewer colours tell more of them apart no longer. */
const COLOURS = 7
/** A genre of fewer films than this share is too small to be seen. */
const SHARE = 0.04

/**
 * The films as dots: where each lies, what colour it has, and in which order they are drawn, the best known last.
 *
 * @param columns of `/catalogue`
 */
export function dotsOf({ x, y, genres, likes }) {
  const named = telling({ x, y, genres })
  return {
    count: x.length,
    x: Float32Array.from(x),
    // up is down on a canvas
    y: Float32Array.from(y, value => -value),
    genres: named,
    /** the place of its genre among the named ones, or one more for "other" */
    colour: Uint8Array.from(x, (_, row) => placeOf(named, genres?.[row] ?? [])),
    order: Uint32Array.from(x.keys()).sort((a, b) => (likes ? likes[a] - likes[b] : a - b)),
    likes
  }
}

/** Of the genres of a film, the first that is named; they are sorted so that the most telling one comes first. */
function placeOf(named, genres) {
  const place = named.findIndex(genre => genres.includes(genre))
  return place < 0 ? named.length : place
}

/** The genres whose films lie closest together: they tell most about the map. */
function telling({ x, y, genres = [] }) {
  const members = new Map()
  for (const [row, all] of genres.entries()) {
    for (const genre of all) {
      if (!members.has(genre)) members.set(genre, [])
      members.get(genre).push(row)
    }
  }
  return [...members]
    .filter(([, rows]) => rows.length >= SHARE * x.length)
    .map(([genre, rows]) => [genre, spread(rows.map(row => x[row])) + spread(rows.map(row => y[row]))])
    .sort(([, a], [, b]) => a - b)
    .slice(0, COLOURS)
    .map(([genre]) => genre)
}

function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}
