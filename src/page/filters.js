import { $, option } from './element.js'

const NAMES = ['genre', 'from', 'to', 'maxLikes', 'variety']
const isDefault = (name, value) => value === '' || (name === 'variety' && value === '0')

/** What the filters ask for; what is left empty asks for nothing. */
export const readFilters = () =>
  Object.fromEntries(NAMES.map(name => [name, $(name).value]).filter(([name, value]) => !isDefault(name, value)))

export function writeFilters(filters = {}) {
  for (const name of NAMES) $(name).value = filters[name] ?? (name === 'variety' ? '0' : '')
  if (NAMES.some(name => name !== 'genre' && filters[name])) $('more-filters').open = true
}

/** Shows the filters that the model has columns for, and says when one changes. */
export function startFilters({ genres, titles }, onChange) {
  $('genre').replaceChildren(option('any genre', ''), ...genres.map(genre => option(genre, genre)))
  $('genre').closest('label').hidden = genres.length === 0
  for (const name of ['from', 'to']) $(name).closest('label').hidden = !titles
  $('filters').onchange = () => $('filters').reportValidity() && onChange()
}
