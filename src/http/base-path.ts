import type { IncomingMessage } from 'node:http'
import { isPrefix } from '../validation/prefix.js'

/** Where the Lambda entry says what API Gateway has in front of our paths: a stage, or the base path of a domain. */
export const PREFIX_HEADER = 'x-forwarded-prefix'

/** @param believesHeader whether `x-forwarded-prefix` is our own word; anybody can send it to a server */
export function prefixStripper(basePath: string, believesHeader: boolean): ((request: IncomingMessage) => string) | undefined {
  if (basePath === '' && !believesHeader) return undefined
  return ({ url = '/', headers }) => {
    const told = believesHeader ? headers[PREFIX_HEADER] : undefined
    // Clients of a forward proxy send whole URLs: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    const path = url.replace(/^https?:\/\/[^/?]*/i, '')
    return withoutPrefix(withoutPrefix(path, typeof told === 'string' ? told : ''), basePath)
  }
}

/** The URL without a prefix that it may have: `/moviesX` does not begin with `/movies`. */
export function withoutPrefix(url: string, prefix: string): string {
  const rest = url.slice(prefix.length)
  if (!url.startsWith(prefix) || !/^([/?]|$)/.test(rest)) return url
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Where the links of the page at `/` start, if its own URL does not say so: below a prefix it may lack the last slash. */
export function pageBase(originalUrl: string): string | undefined {
  const [path] = originalUrl.split('?')
  return isPrefix(path) ? `${path}/` : undefined
}

/** What stands in front of our paths, as far as it is one: a part of a URL that may stand in HTML as it is. */
export const asPrefix = (text: string): string => (isPrefix(text) ? text : '')
