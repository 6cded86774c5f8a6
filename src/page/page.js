import { access, getJson } from './api.js'
import { $, onSubmit } from './element.js'
import { ratedInFile, startDrop } from './drop.js'
import { readFilters, startFilters, writeFilters } from './filters.js'
import { mark, startMap } from './map.js'
import { linkMovies } from './movie.js'
import { isPicked, pick, rated, replacePicks, startPicks, unpick } from './picks.js'
import { fromFragment, toFragment, toRequest } from './question.js'
import { rateOn } from './rating.js'
import { clearMovies, showMovies, showStatus } from './results.js'
import { searchBy, startSearch } from './search.js'

/** The question that is answered at the moment: see question.js. */
let question
let latest = 0

/** Asks what the page says of somebody, or of a movie. @param goThere whether to scroll to the answer */
function ask(asked, goThere = true) {
  remember({ ...asked, filters: readFilters() })
  void answer(goThere)
}

/** Another kind of question is a step that the browser's back button takes back; a change of the same question is not. */
function remember(next) {
  const isStep = question === undefined || ['user', 'other', 'like'].some(name => question[name] !== next[name])
  question = next
  // The whole address: below a prefix, a fragment alone would be resolved against <base>.
  const address = `${location.pathname}${location.search}${toFragment(question)}`
  if (isStep) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

async function answer(goThere) {
  const turn = ++latest
  const { path, body } = toRequest(question, ratedInFile())
  showStatus('Asking…')
  const start = performance.now()
  try {
    const answered = await getJson(path, body)
    if (turn !== latest) return
    showMovies(answered, (performance.now() - start).toFixed(0), { rate: pick, showLike })
    showMarks(answered.items)
  } catch (error) {
    if (turn !== latest) return
    clearMovies()
    showMarks([])
    showStatus(error.message)
  }
  if (goThere) showResults()
}

const showLike = ({ movieId }) => ask({ like: String(movieId) })

function showMarks(items) {
  const own = [...ratedInFile(), ...rated()].map(([movieId]) => movieId)
  mark({ rated: question.like === undefined ? own : [question.like], recommended: items.map(({ movieId }) => movieId) })
}

/** On a phone the answer lies below what was asked. */
function showResults() {
  const { top } = $('results').getBoundingClientRect()
  if (top >= 0 && top < innerHeight / 2) return
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  $('results').scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth' })
}

/** Picks and files ask by themselves, without moving the page. */
function onRated() {
  if (rated().length + ratedInFile().length > 0) return ask({ rated: rated() }, false)
  clearMovies()
  showStatus('Nothing asked yet.')
  mark({ rated: [], recommended: [] })
}

/** Shows what the address asks: a shared link, or a step back. */
async function showAddress() {
  question = fromFragment(location.hash)
  writeFilters(question?.filters)
  if (!question) {
    replacePicks([])
    return onRated()
  }
  if (question.user) $('user').value = question.user
  $('other').value = question.other ?? ''
  replacePicks(await Promise.all(question.rated.map(async ([movieId, rating]) => ({ movie: await movieOf(movieId), rating }))))
  await answer(false)
}

/** What is known of a movie; its id alone where nothing is. */
const movieOf = movieId => getJson(`movies/${encodeURIComponent(movieId)}`).catch(() => ({ movieId }))

async function start() {
  try {
    const model = await getJson('model')
    linkMovies(model.link)
    rateOn(model.ratings)
    startFilters(model, () => question && ask(question, false))
    searchBy(model.titles)
    startPicks((await getJson('popular?n=8')).items, onRated)
    startDrop(onRated)
    if (model.map) startMap(movie => (isPicked(movie.movieId) ? unpick(movie.movieId) : pick(movie)))
    await showAddress()
  } catch (error) {
    showStatus(error.message)
  }
}

startSearch(movie => pick(movie))
onSubmit('by-user', () => ask({ user: $('user').value, other: $('other').value || undefined }))
onSubmit('by-movies', () => ask({ rated: rated() }))
onSubmit('filters', () => {})
onSubmit('by-key', () => {
  access.key = $('key').value
  $('by-key').hidden = true
  void start()
})
access.wanted = () => ($('by-key').hidden = false)
addEventListener('popstate', () => void showAddress())
void start()
