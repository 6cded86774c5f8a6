/**
 * Finds films of elsewhere in the catalogue: by IMDb or TMDb id, else by title and year, which may be one off between two
 * sites, else, where the film has nothing but that, by the id of the model.
 *
 * @param {{ movieIds: string[], titles?: string[], years?: number[], imdbIds?: (string | null)[], tmdbIds?: (string | null)[] }} columns
 *   of `/catalogue`
 * @returns {(film: { title?: string, year?: number, imdb?: string, tmdb?: string, movieId?: string }) => number | undefined} the row of a
 *   film
 */
export function matcherOf({ movieIds, titles = [], years = [], imdbIds = [], tmdbIds = [] }) {
  const byId = rowsBy(movieIds.map(id => [String(id)]))
  const byImdb = rowsBy(imdbIds.map(id => (id ? [id] : [])))
  const byTmdb = rowsBy(tmdbIds.map(id => (id ? [String(id)] : [])))
  const byTitle = rowsBy(titles.map((title, row) => keysOf(title).map(key => `${key} ${years[row] || ''}`)))
  const byTitleAlone = rowsBy(titles.map(keysOf))

  return ({ title, year, imdb, tmdb, movieId }) => {
    const row = byImdb.get(imdb) ?? byTmdb.get(tmdb)
    if (row !== undefined) return row
    if (!title) return imdb || tmdb ? undefined : byId.get(movieId)
    const [key] = keysOf(title)
    return year ? [0, 1, -1].map(off => byTitle.get(`${key} ${year + off}`)).find(row => row !== undefined) : byTitleAlone.get(key)
  }
}

/** The first row of each key. */
function rowsBy(keys) {
  const rows = new Map()
  for (const [row, names] of keys.entries()) for (const name of names) if (!rows.has(name)) rows.set(name, row)
  return rows
}

/** What a title is compared by: `Seven (a.k.a. Se7en) (1995)` is "seven", "se7en" and both; the article does not count. */
function keysOf(title) {
  const whole = title.replace(/\s*\(\d{4}\)\s*$/, '')
  const others = [...whole.matchAll(/\((?:a\.k\.a\. ?)?([^)]*)\)/g)].map(([, other]) => other)
  return [...new Set([whole, whole.replace(/\(.*\)/, ''), ...others].map(keyOf).filter(Boolean))]
}

const ARTICLE = 'the|a|an|la|le|les|il|el|los|las|der|die|das'
const LAST = new RegExp(`, (${ARTICLE}|l')\\s*$`, 'i')
const FIRST = new RegExp(`^(${ARTICLE})\\s+`, 'i')

const keyOf = title =>
  title
    .trim()
    .replace(LAST, '')
    .replace(FIRST, '')
    .replaceAll('&', ' and ')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()
