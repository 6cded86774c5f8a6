const $ = id => document.getElementById(id)
/** For each pick its rating, 'liked', or undefined. */
const picked = new Map()
let link
let scale = { least: 1, greatest: 5 }
let key = ''

/** Gets JSON from the service; a body makes it a POST. @throws Error with the sentence of its problem */
async function getJson(path, body) {
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(key && { authorization: `Bearer ${key}` })
    },
    body: body && JSON.stringify(body)
  })
  if (response.status === 401) $('by-key').hidden = false
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail)
  return answer
}

/** What the filters ask for; what is left empty asks for nothing. */
function filters() {
  const number = id => ($(id).value === '' ? undefined : Number($(id).value))
  const genre = $('genre').value ? [$('genre').value] : undefined
  return { genre, from: number('from'), to: number('to'), maxLikes: number('maxLikes'), variety: number('variety') }
}

async function show(path, request) {
  const body = { ...request, ...filters(), explain: true }
  $('status').textContent = 'Asking…'
  $('movies').replaceChildren()
  const start = performance.now()
  try {
    const { source, model, items, unknownMovieIds = [] } = await getJson(path, body)
    const ms = (performance.now() - start).toFixed(0)
    const why = source === 'history' ? 'from what they like' : 'what is popular, for nothing is known of their likes'
    const unknown = unknownMovieIds.length ? ` · not in the catalogue: ${unknownMovieIds.join(', ')}` : ''
    $('status').textContent = `${items.length} movies, ${why} · ${ms} ms · model ${model}${unknown}`
    $('movies').replaceChildren(...items.map(item => element('li', {}, named(item), ...reasons(item))))
  } catch (error) {
    $('status').textContent = error.message
  }
}

/** A title where it is known, else a link to the movie's page, else the bare id. */
function named({ movieId, title }) {
  if (!link) return title ?? `Movie ${movieId}`
  return element('a', { href: link.replace('{movieId}', movieId), rel: 'noreferrer' }, title ?? `Movie ${movieId}`)
}

/** Under a movie: which ones of the history it is there for, of each person. */
function reasons({ because, people = [{ because }] }) {
  return people
    .filter(({ because = [] }) => because.length > 0)
    .map(({ userId, because }) => {
      const titles = because.map(({ movieId, title }) => title ?? `Movie ${movieId}`).join(', ')
      return element('small', {}, `${userId ? `for ${userId}, ` : ''}because of ${titles}`)
    })
}

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

const option = (text, value) => element('option', { value }, text)

function addPick({ movieId, title }, pressed = false) {
  if (picked.has(movieId)) return
  const name = title ?? `Movie ${movieId}`
  const button = element('button', { type: 'button' }, name)
  const stars = element('select', { ariaLabel: `Rating of ${name}` }, option('liked', 'liked'), ...ratings())
  const press = on => {
    picked.set(movieId, on ? stars.value : undefined)
    button.setAttribute('aria-pressed', on)
    stars.hidden = !on
  }
  button.addEventListener('click', () => press(!picked.get(movieId)))
  stars.addEventListener('change', () => press(true))
  press(pressed)
  $('picks').append(element('span', { className: 'pick' }, button, stars))
}

/** One to five stars, wherever they lie on the scale of the model. */
function ratings() {
  const { least, greatest } = scale
  return [5, 4, 3, 2, 1].map(stars => option('★'.repeat(stars), Math.max(least, (greatest * stars) / 5)))
}

/** The picks as a history. */
const history = () =>
  [...picked]
    .filter(([, rating]) => rating)
    .map(([movieId, rating]) => (rating === 'liked' ? movieId : { movieId, rating: Number(rating) }))

async function start() {
  try {
    const model = await getJson('model')
    link = model.link
    scale = model.ratings
    showGenres(model.genres)
    for (const item of (await getJson('popular?n=12')).items) addPick(item)
  } catch (error) {
    $('status').textContent = error.message
  }
}

function showGenres(genres) {
  $('genre').replaceChildren(option('any', ''), ...genres.map(genre => option(genre, genre)))
  for (const node of [$('genre'), ...$('genre').labels]) node.hidden = genres.length === 0
}

const onSubmit = (id, act) =>
  $(id).addEventListener('submit', event => {
    event.preventDefault()
    act()
  })
onSubmit('by-user', () => {
  const [userId, other] = [$('user').value, $('other').value]
  void (other ? show('recommend/group', { users: [userId, other] }) : show('recommend', { userId }))
})
onSubmit('by-movies', () => show('recommend', { history: history() }))
onSubmit('filters', () => {})
onSubmit('by-key', () => {
  key = $('key').value
  $('by-key').hidden = true
  void start()
})
$('add').addEventListener('click', () => {
  if (!$('movie').value || !$('movie').reportValidity()) return
  addPick({ movieId: $('movie').value }, true)
  $('movie').value = ''
})
void start()
