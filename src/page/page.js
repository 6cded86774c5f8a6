const $ = id => document.getElementById(id)
const picked = new Map()
let link
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

async function show(path, body) {
  $('status').textContent = 'Asking…'
  $('movies').replaceChildren()
  const start = performance.now()
  try {
    const { source, model, items, unknownMovieIds = [] } = await getJson(path, body)
    const ms = (performance.now() - start).toFixed(0)
    const why = source === 'history' ? 'from what they like' : 'what is popular, for nothing is known of their likes'
    const unknown = unknownMovieIds.length ? ` · not in the catalogue: ${unknownMovieIds.join(', ')}` : ''
    $('status').textContent = `${items.length} movies, ${why} · ${ms} ms · model ${model}${unknown}`
    $('movies').replaceChildren(...items.map(item => element('li', {}, named(item))))
  } catch (error) {
    $('status').textContent = error.message
  }
}

/** A title where it is known, else a link to the movie's page, else the bare id. */
function named({ movieId, title }) {
  if (!link) return title ?? `Movie ${movieId}`
  return element('a', { href: link.replace('{movieId}', movieId), rel: 'noreferrer' }, title ?? `Movie ${movieId}`)
}

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

function addPick({ movieId, title }, pressed = false) {
  if (picked.has(movieId)) return
  const button = element('button', { type: 'button' }, title ?? `Movie ${movieId}`)
  const press = on => {
    picked.set(movieId, on)
    button.setAttribute('aria-pressed', on)
  }
  button.addEventListener('click', () => press(!picked.get(movieId)))
  press(pressed)
  $('picks').append(button)
}

async function start() {
  try {
    link = (await getJson('model')).link
    for (const item of (await getJson('popular?n=12')).items) addPick(item)
  } catch (error) {
    $('status').textContent = error.message
  }
}

const onSubmit = (id, act) =>
  $(id).addEventListener('submit', event => {
    event.preventDefault()
    act()
  })
onSubmit('by-user', () => show(`recommend/${encodeURIComponent($('user').value)}`))
onSubmit('by-movies', () => show('recommend', { history: [...picked].filter(([, on]) => on).map(([movieId]) => movieId) }))
onSubmit('by-key', () => {
  key = $('key').value
  $('by-key').hidden = true
  void start()
})
$('add').addEventListener('click', () => {
  if (!$('movie').value || !$('movie').reportValidity()) return
  addPick({ movieId: Number($('movie').value) }, true)
  $('movie').value = ''
})
void start()
