import { catalogue } from './catalogue.js'
import { $, element } from './element.js'
import { matcherOf } from './match.js'
import { MOST_RATINGS } from './question.js'
import { onScale } from './rating.js'
import { readRatingsFile } from './ratings-file.js'

/** What the last file says, as `[movieId, rating]`, oldest first: in the memory of this page alone. */
let fromFile = []

export const ratedInFile = () => fromFile

/**
 * Takes a file of ratings from the button or from anywhere on the page.
 *
 * @param started resolves when the page knows the model: a file that comes before waits for that
 * @param onChange is called when there are others
 */
export function startDrop(started, onChange) {
  const take = async file => {
    say(`Reading ${file.name}…`)
    try {
      const films = await readRatingsFile(file)
      await started
      const { known, unknown } = matched(films, await catalogue())
      fromFile = known.slice(-MOST_RATINGS)
      say(summaryOf(file.name, films.length, known.length), unknown)
      $('forget-file').hidden = fromFile.length === 0
      if (fromFile.length > 0) onChange()
    } catch (error) {
      say(error.message)
    }
  }
  $('file').onchange = () => {
    const [file] = $('file').files
    if (file) void take(file)
    $('file').value = ''
  }
  $('forget-file').onclick = () => {
    fromFile = []
    say('')
    $('forget-file').hidden = true
    onChange()
  }
  document.addEventListener('dragover', event => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    document.body.classList.add('dropping')
  })
  document.addEventListener('dragleave', event => event.relatedTarget ?? document.body.classList.remove('dropping'))
  document.addEventListener('drop', event => {
    const [file] = event.dataTransfer.files
    document.body.classList.remove('dropping')
    if (!file) return
    event.preventDefault()
    void take(file)
  })
}

/** Each movie once, with its latest rating. */
function matched(films, columns) {
  const rowOf = matcherOf(columns)
  const known = new Map()
  const unknown = []
  for (const film of films) {
    const row = rowOf(film)
    if (row === undefined) {
      unknown.push(nameOf(film))
      continue
    }
    const movieId = String(columns.movieIds[row])
    known.delete(movieId)
    known.set(movieId, film.rating === 'liked' ? 'liked' : onScale(film.rating))
  }
  return { known: [...known], unknown }
}

const nameOf = ({ title, year, imdb, tmdb, movieId }) => `${title || imdb || tmdb || movieId}${year ? ` (${year})` : ''}`

function summaryOf(name, films, known) {
  const kept = known > MOST_RATINGS ? ` The newest ${MOST_RATINGS} of them count.` : ''
  return `${name}: ${known} of ${films} films are in the catalogue.${kept}`
}

function say(sentence, unknown = []) {
  const list = element('details', {}, element('summary', {}, `${unknown.length} not found`), element('p', {}, unknown.join(' · ')))
  $('file-message').replaceChildren(sentence, ...(unknown.length ? [list] : []))
}
