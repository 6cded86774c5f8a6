const NAME = 'movie-recommender.user'

/** The user id that this browser has made for whoever uses it; undefined where it has made none, or keeps nothing. */
export const knownId = () => tried(() => localStorage.getItem(NAME)) ?? undefined

/** The same, made where there is none: nobody can guess it, and it says nothing of anybody. */
export function ownId() {
  const id = knownId() ?? [...crypto.getRandomValues(new Uint32Array(4))].map(word => word.toString(36)).join('')
  tried(() => localStorage.setItem(NAME, id))
  return id
}

export const dropOwnId = () => tried(() => localStorage.removeItem(NAME))

/** A browser may forbid to keep anything. Then the address of the page has the id. */
function tried(act) {
  try {
    return act()
  } catch {
    return undefined
  }
}
