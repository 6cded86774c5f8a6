/**
 * Reads the files in which people carry their ratings from site to site: of Letterboxd (its .zip too), of MovieLens and of
 * IMDb as CSV, of Trakt as JSON. Nothing leaves the browser.
 */
import { element } from './element.js'

/** What the columns are called, without case, spaces and signs; the first that is there counts. */
const COLUMNS = {
  title: ['title', 'name', 'originaltitle'],
  year: ['year', 'releaseyear'],
  imdb: ['const', 'imdbid', 'imdb'],
  tmdb: ['tmdbid', 'tmdb'],
  movieId: ['movieid', 'itemid'],
  rating: ['yourrating', 'rating', 'rating10'],
  date: ['daterated', 'ratedat', 'date', 'timestamp']
}
/** What IMDb has besides films. */
const NO_FILM = /series|episode|game|podcast|music/i
const RATINGS_IN_ZIP = /(^|\/)ratings[^/]*\.(csv|json)$/i

/**
 * @returns films, oldest rating first where the file says when: `{ title, year, imdb, tmdb, movieId, rating }`, what is not
 *   known left out, and the rating a share of the best, from 0 to 1
 * @throws Error that says what was expected
 */
export async function readRatingsFile(file) {
  const text = await textOf(file)
  const rows = /^\s*[[{]/.test(text) ? fromJson(text) : await fromCsv(text)
  const films = rows.filter(({ title, imdb, tmdb, movieId }) => title || imdb || tmdb || movieId)
  if (films.length === 0) {
    throw new Error(
      `${file.name}: expected a ratings file of Letterboxd, MovieLens, IMDb or Trakt: CSV with a line of column names, or JSON`
    )
  }
  const hasRatings = films.some(({ rating }) => rating !== undefined)
  const rated = hasRatings ? films.filter(({ rating }) => rating !== undefined) : films
  const best = bestOf(rated)
  return rated.sort((a, b) => (a.date ?? 0) - (b.date ?? 0)).map(film => ({ ...film, rating: hasRatings ? film.rating / best : 'liked' }))
}

/** The text of the file, or of the ratings in a zip file. */
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  return new TextDecoder().decode(isZip ? await unzipped(file.name, bytes) : bytes)
}

async function unzipped(name, bytes) {
  const { unzipSync } = await import('./fflate.js')
  let files
  try {
    files = unzipSync(bytes, { filter: ({ name }) => RATINGS_IN_ZIP.test(name) })
  } catch {
    throw new Error(`${name}: expected a zip file that can be opened: it is cut short or broken`)
  }
  const [content] = Object.values(files)
  if (!content) throw new Error(`${name}: expected a ratings.csv in it, as in an export of Letterboxd`)
  return content
}

async function fromCsv(text) {
  const { data } = (await papaparse()).parse(text.replace(/^\ufeff/, ''), {
    header: true,
    skipEmptyLines: 'greedy',
    transformHeader: plain
  })
  return data.filter(({ titletype }) => !NO_FILM.test(titletype ?? '')).map(toFilm)
}

/** Of Trakt: a list of films, or of ratings of films. Shows are left out. */
function fromJson(text) {
  const entries = parsed(text)
  return (Array.isArray(entries) ? entries : (entries.ratings ?? entries.movies ?? []))
    .filter(({ type = 'movie' }) => type === 'movie')
    .map(entry => {
      const { ids, ...film } = entry.movie ?? entry
      const all = { ...ids, ...film, rating: entry.rating, rated_at: entry.rated_at }
      return { ...toFilm(Object.fromEntries(Object.entries(all).map(([name, value]) => [plain(name), value]))), outOf: 10 }
    })
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return []
  }
}

const plain = name => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function toFilm(row) {
  const text = what =>
    String(COLUMNS[what].map(name => row[name]).find(value => value !== undefined && value !== null && value !== '') ?? '').trim()
  const number = what => (text(what) === '' || !Number.isFinite(Number(text(what))) ? undefined : Number(text(what)))
  const [, title, yearInTitle] = /^(.*?)(?:\s*\((\d{4})\))?$/s.exec(text('title'))
  const date = text('date')
  return {
    title,
    year: number('year') ?? (yearInTitle && Number(yearInTitle)),
    imdb: number('imdb') === undefined ? text('imdb') : `tt${text('imdb').padStart(7, '0')}`,
    tmdb: text('tmdb').replace(/\.0$/, ''),
    movieId: text('movieId'),
    rating: number('rating'),
    date: /^\d+$/.test(date) ? Number(date) * 1000 : Date.parse(date) || 0,
    // IMDb rates from 1 to 10, and calls it "Your Rating"
    ...('yourrating' in row && { outOf: 10 })
  }
}

/** The best rating of the scale: what the file's kind says, else what its numbers leave. */
function bestOf(films) {
  const most = films.reduce((most, { rating = 0 }) => Math.max(most, rating), 0)
  return [films[0]?.outOf ?? 5, 10, 100].find(best => most <= best) ?? most
}

/** Papa Parse is a script of the old kind: it leaves `Papa` on the window. */
async function papaparse() {
  if (!globalThis.Papa) {
    await new Promise((onload, onerror) => document.head.append(element('script', { src: './papaparse.js', onload, onerror }))).catch(
      () => {
        throw new Error('What reads CSV files could not be loaded: try again')
      }
    )
  }
  return globalThis.Papa
}
