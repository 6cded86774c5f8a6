/** The key that the service asks for, and what to do when it asks. */
export const access = { key: '', wanted() {} }

/** Gets JSON from the service; a body makes it a POST. @throws Error, as `send` */
export const getJson = async (path, body, signal) => (await send(body ? 'POST' : 'GET', path, body, signal)).answer

/**
 * Sends a request.
 *
 * @returns the JSON of the answer, if it has any, and whether the store of ratings did not answer, so that it is without them
 * @throws Error with a sentence for people, and the status as `status`
 */
export async function send(method, path, body, signal) {
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(access.key && { authorization: `Bearer ${access.key}` })
    },
    body: body && JSON.stringify(body),
    signal
  }).catch(error => {
    throw error.name === 'AbortError' ? error : new Error('The service cannot be reached. Is it running, and are you online?')
  })
  const text = await response.text()
  const answer = parse(text)
  if (response.status === 204 || (response.ok && answer))
    return { answer, isStale: response.headers.get('x-recommendation-history') === 'stale' }
  // The key is missing, or it may only read.
  if (response.status === 401 || answer?.code === 'forbidden') access.wanted()
  throw Object.assign(new Error(answer?.detail ?? fromElsewhere(response, answer, text)), { status: response.status })
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a proxy in front of the service said, which is often a page of its own. */
function fromElsewhere({ status }, answer, text) {
  const { title, body } = new DOMParser().parseFromString(text, 'text/html')
  const said = answer?.message ?? (title || body.textContent).replace(/\s+/g, ' ').trim().slice(0, 200)
  return `Something in front of the service answered ${status}${said && `: “${said}”`}`
}
