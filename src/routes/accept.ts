import Negotiator from 'negotiator'
import { Problem } from '../errors.js'

const TYPES = ['text/plain', 'application/json']

/** Plain text unless `Accept` prefers JSON. @throws Problem when it takes neither */
export function wantsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*') return false
  const type = new Negotiator({ headers: { accept } }).mediaType(TYPES)
  if (!type) throw new Problem('not_acceptable', `Accept: expected ${TYPES.join(' or ')}, found ${accept.slice(0, 100)}`)
  return type === 'application/json'
}
