import { access, getJson, send } from './api.js'
import { $, onSubmit } from './element.js'
import { ratedInFile, startDrop } from './drop.js'
import { readFilters, startFilters, writeFilters } from './filters.js'
import { forget, keepRating, keptRatings, nameOwner, say } from './kept.js'
import { mark, startMap } from './map.js'
import { linkMovies } from './movie.js'
import { knownId, ownId } from './own-id.js'
import { isPicked, pick, picked, rated, replacePicks, startPicks, unpick } from './picks.js'
import { fromFragment, toFragment, toRequest } from './question.js'
import { rateOn } from './rating.js'
import { clearMovies, showMovies, showStatus } from './results.js'
import { searchBy, startSearch } from './search.js'

/** The question that is answered at the moment: see question.js. */
let question
let latest = 0
/** What `/model` says. */
let model
/** Whose ratings the list shows: of a user whom the service keeps some of, or, where it is undefined, those of this page. */
let owner
/** The ids of the movies of the last answer. */
let shown = new Set()

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

/** @param before the ids of the answer before, where what is new is to be shown */
async function answer(goThere, before) {
  const turn = ++latest
  const { path, body } = toRequest(question, ratedInFile())
  showStatus('Asking…')
  const start = performance.now()
  try {
    const [{ answer, isStale }] = await Promise.all([send(body ? 'POST' : 'GET', path, body), showOwner()])
    if (turn !== latest) return
    showMovies(answer, { ms: (performance.now() - start).toFixed(0), isStale, before }, { rate, showLike })
    shown = new Set(answer.items.map(({ movieId }) => movieId))
    showMarks(answer.items)
  } catch (error) {
    if (turn !== latest) return
    clearMovies()
    showMarks([])
    showStatus(error.message)
  }
  if (goThere) showResults()
}

const showLike = ({ movieId }) => ask({ user: owner, like: String(movieId) })

function showMarks(items) {
  const own = [...(owner === undefined ? ratedInFile() : []), ...rated()].map(([movieId]) => movieId)
  mark({ rated: question.like === undefined ? own : [question.like], recommended: items.map(({ movieId }) => movieId) })
}

/** On a phone the answer lies below what was asked. */
function showResults() {
  const { top } = $('results').getBoundingClientRect()
  if (top >= 0 && top < innerHeight / 2) return
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  $('results').scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth' })
}

/** Rates a movie for whoever owns the list. @param rating none takes it back */
function rate(movie, rating) {
  if (owner !== undefined) {
    const user = owner
    writing = writing.then(() => rateKept(user, movie, rating))
    return
  }
  if (rating === undefined) unpick(movie.movieId)
  else pick(movie, rating)
  onRated()
}

/** Ratings are kept one after another, so that the last answer knows all of them. */
let writing = Promise.resolve()

async function rateKept(user, movie, rating) {
  const isKept = await keepRating(user, movie, rating)
  if (owner !== user) return
  // What was chosen in a menu and was not kept is shown as it was.
  replacePicks(isKept ? await keptRatings(user) : picked())
  if (isKept && question.like === undefined) await answer(false, shown)
}

/** Picks and files ask by themselves, without moving the page. */
function onRated() {
  const own = owner === undefined ? rated() : []
  if (own.length + ratedInFile().length > 0) return ask({ rated: own }, false)
  clearMovies()
  showStatus('Nothing asked yet.')
  mark({ rated: [], recommended: [] })
}

/** Who is asked for alone owns the list, where ratings are kept. */
async function showOwner() {
  const user = model?.store && !question?.other ? question?.user : undefined
  if (user === owner) return
  owner = user
  nameOwner(user)
  replacePicks([])
  if (user === undefined) return
  const ratings = await keptRatings(user)
  if (owner === user) replacePicks(ratings)
}

/** Keeps the picks of this page for a new user, and goes on as that one. */
async function keepPicks() {
  const user = ownId()
  for (const { movie, rating } of owner === undefined ? picked() : []) if (!(await keepRating(user, movie, rating))) return
  $('user').value = user
  $('other').value = ''
  ask({ user })
  say(`What you rate is kept for the user id ${user}. This browser remembers it, and so does the address of this page.`)
}

async function onForget() {
  const user = owner
  if (!(await forget(user)) || owner !== user) return
  replacePicks([])
  ask({ user }, false)
}

/** Shows what the address asks: a shared link, or a step back. */
async function showAddress() {
  question = fromFragment(location.hash)
  writeFilters(question?.filters)
  await showOwner()
  if (!question) {
    replacePicks([])
    return onRated()
  }
  if (question.user) $('user').value = question.user
  $('other').value = question.other ?? ''
  const picks = question.rated.map(async ([movieId, rating]) => ({ movie: await movieOf(movieId), rating }))
  if (owner === undefined) replacePicks(await Promise.all(picks))
  await answer(false)
}

/** What is known of a movie; its id alone where nothing is. */
const movieOf = movieId => getJson(`movies/${encodeURIComponent(movieId)}`).catch(() => ({ movieId }))

async function start() {
  try {
    model = await getJson('model')
    linkMovies(model.link)
    rateOn(model.ratings)
    startFilters(model, () => question && ask(question, false))
    searchBy(model.titles)
    if (model.store) startKeeping()
    startPicks((await getJson('popular?n=8')).items, rate)
    if (model.map) startMap(movie => rate(movie, isPicked(movie.movieId) ? undefined : 'liked'))
    isStarted = true
    onStarted()
    await showAddress()
  } catch (error) {
    showStatus(error.message)
  }
}

let isStarted = false
let onStarted
const started = new Promise(resolve => (onStarted = resolve))

function startKeeping() {
  $('user-title').textContent = 'Or somebody whose ratings are kept'
  $('newcomer').hidden = false
  $('user').value = knownId() ?? $('user').value
  $('keep').onclick = () => void keepPicks()
  $('forget').onclick = () => void onForget()
  $('leave').onclick = () => {
    history.pushState(null, '', location.pathname + location.search)
    void showAddress()
  }
}

startSearch(movie => rate(movie, 'liked'))
startDrop(started, () => (ratedInFile().length > 0 || owner === undefined) && onRated())
onSubmit('by-user', () => ask({ user: $('user').value, other: $('other').value || undefined }))
onSubmit('by-movies', () => ask(owner === undefined ? { rated: rated() } : { user: owner }))
onSubmit('filters', () => {})
onSubmit('by-key', () => {
  access.key = $('key').value
  $('by-key').hidden = true
  void (isStarted ? showAddress() : start())
})
access.wanted = () => ($('by-key').hidden = false)
addEventListener('popstate', () => void showAddress())
void start()
