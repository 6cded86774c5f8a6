/** So many genres have a colour: of more, people who see fewer colours would take some for the same. */
const COLOURS = 7
/** A genre of fewer films than this share is too small to be seen. */
const SHARE = 0.04
const CELLS = 24

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

/**
 * The genres that tell most about the map: in a cell of a grid, how much more often the films share it than films anywhere do.
 */
function telling({ x, y, genres = [] }) {
  const cellOf = row => Math.floor(x[row] * CELLS) * (CELLS + 1) + Math.floor(y[row] * CELLS)
  const inCell = new Map()
  const byGenre = new Map()
  for (const [row, all] of genres.entries()) {
    const cell = cellOf(row)
    inCell.set(cell, (inCell.get(cell) ?? 0) + 1)
    for (const genre of all) {
      if (!byGenre.has(genre)) byGenre.set(genre, new Map())
      byGenre.get(genre).set(cell, (byGenre.get(genre).get(cell) ?? 0) + 1)
    }
  }
  const sum = values => values.reduce((sum, value) => sum + value, 0)
  return [...byGenre]
    .map(([genre, cells]) => ({ genre, cells: [...cells], films: sum([...cells.values()]) }))
    .filter(({ films }) => films >= SHARE * x.length)
    .map(({ genre, cells, films }) => ({
      genre,
      excess: sum(cells.map(([cell, n]) => n ** 2 / inCell.get(cell))) / films - films / x.length
    }))
    .sort((a, b) => b.excess - a.excess)
    .slice(0, COLOURS)
    .map(({ genre }) => genre)
}
