import type { AnySchemaObject, ErrorObject } from 'ajv'
import { LISTS } from './lists.js'

/** One sentence for each thing that is wrong: where, what was expected, what was found. */
export function sentences(errors: ErrorObject[] | null | undefined, root = 'it'): string[] {
  return [...new Set((errors ?? []).slice(0, 20).map(error => sentence(error, root)))]
}

function sentence({ instancePath, keyword, params, parentSchema = {}, data }: ErrorObject, root: string): string {
  const path = instancePath.slice(1).replaceAll('/', '.')
  const inside = (name: string): string => (path ? `${path}.${name}` : name)
  if (keyword === 'additionalProperties') {
    const known = Object.keys(parentSchema.properties ?? {})
    return `${inside(params.additionalProperty)}: unknown; ${known.length ? `expected ${list(known, 'or')}` : 'nothing is expected here'}`
  }
  if (keyword === 'required') {
    return `${inside(params.missingProperty)}: missing; expected ${expectation(parentSchema.properties?.[params.missingProperty] ?? {})}`
  }
  const expected = `${path || root}: expected ${expectation(parentSchema)}`
  // a write-only value is a secret: it must not get into logs
  if (parentSchema.writeOnly) return expected
  return `${expected}, found ${keyword === 'maxItems' || keyword === 'minItems' ? `${(data as unknown[]).length}` : excerpt(data)}`
}

/** What a schema asks for, in words. A pattern says it in its description. */
export function expectation({
  type,
  pattern,
  description,
  minimum,
  maximum,
  enum: options,
  items,
  minItems,
  minLength,
  maxItems,
  format
}: AnySchemaObject): string {
  if (options) return list(options.map(String), 'or')
  if (type === 'integer' || type === 'number') {
    const what = type === 'integer' ? 'a whole number' : 'a number'
    if (minimum === undefined) return what
    return maximum === undefined ? `${what} of at least ${minimum}` : `${what} from ${minimum} to ${maximum}`
  }
  if (type === 'boolean') return 'true or false'
  if (type === 'array') return `a list of ${minItems ?? 0} to ${maxItems ?? 'any number of'} entries, each ${expectation(items ?? {})}`
  if (format && LISTS[format]) return LISTS[format].words
  if (pattern && description) return description
  if (type === 'string' && minLength === 1) return 'a text of at least 1 character'
  return type === 'string' ? 'a text' : type === 'object' ? 'an object' : (description ?? 'something else')
}

function list(words: string[], and: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`
}

function excerpt(data: unknown): string {
  const text = JSON.stringify(data) ?? 'nothing'
  if (text.length <= 60) return text
  return `${text.slice(0, 57)}…${typeof data === 'string' ? ` (${data.length} characters)` : ''}`
}
