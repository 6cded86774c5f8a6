import { getJson } from './api.js'
import { $, element } from './element.js'
import { nameOf } from './movie.js'

/** Long enough that somebody who types does not ask for each letter. */
const PAUSE_MS = 120

let hasTitles = true

/** A model without titles is asked for ids alone. */
export function searchBy(titles) {
  hasTitles = titles
  $('search-label').textContent = hasTitles ? 'Title of a movie' : 'Movie id'
}

/**
 * A field in which a movie is found by its title, or, where the model has none, by its id. It is a combobox as the ARIA
 * Authoring Practices describe it: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 *
 * @param onPick gets the movie
 */
export function startSearch(onPick) {
  const [field, list, message] = ['search', 'found', 'search-message'].map($)
  let found = []
  let active = -1
  let asking = new AbortController()
  let pause

  function show(movies) {
    found = movies
    list.replaceChildren(
      ...movies.map((movie, i) =>
        element(
          'li',
          { id: `found-${i}`, role: 'option', onclick: () => pick(movie), onpointerdown: event => event.preventDefault() },
          nameOf(movie)
        )
      )
    )
    list.hidden = movies.length === 0
    field.setAttribute('aria-expanded', String(movies.length > 0))
    activate(movies.length > 0 ? 0 : -1)
  }

  function activate(i) {
    active = i
    for (const [at, node] of [...list.children].entries()) node.setAttribute('aria-selected', String(at === i))
    field.setAttribute('aria-activedescendant', i < 0 ? '' : `found-${i}`)
    list.children[i]?.scrollIntoView({ block: 'nearest' })
  }

  function say(sentence) {
    message.textContent = sentence
    field.setAttribute('aria-invalid', String(sentence !== ''))
  }

  /** The movies that a text may mean, best first; an older question is dropped. */
  async function lookUp(text) {
    asking.abort()
    asking = new AbortController()
    return hasTitles ? (await getJson(`movies?${new URLSearchParams({ q: text })}`, undefined, asking.signal)).movies : []
  }

  function pick(movie) {
    field.value = ''
    show([])
    say('')
    onPick(movie)
  }

  /** What Enter means: what is marked, else the best for the text, else the movie of this id. */
  async function enter() {
    clearTimeout(pause)
    const text = field.value.trim()
    if (!text) return
    try {
      const movie = found[active] ?? (await lookUp(text))[0] ?? (await getJson(`movies/${encodeURIComponent(text)}`))
      pick(movie)
    } catch (error) {
      if (error.name === 'AbortError') return
      say(error.status === 404 || error.status === 400 ? `The model knows no movie “${text}”.` : error.message)
    }
  }

  field.oninput = () => {
    say('')
    show([])
    clearTimeout(pause)
    const text = field.value.trim()
    if (!hasTitles || !text) return asking.abort()
    pause = setTimeout(() => void lookUp(text).then(show, error => error.name !== 'AbortError' && say(error.message)), PAUSE_MS)
  }
  field.onkeydown = event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && found.length > 0) activate((active + step + found.length) % found.length)
    else if (event.key === 'Escape') show([])
    else if (event.key === 'Enter') void enter()
    else return
    event.preventDefault()
  }
  field.onblur = () => show([])
  $('add').onclick = () => void enter()
}
