import { isIP } from 'node:net'
import { Ajv, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv'

/** One validator for everything that comes from outside: settings, requests, model folders. It converts nothing. */
// Its own schemas are not validated again at every start, nor the code it writes for them polished: that is half of what it costs.
const options = {
  verbose: true,
  useDefaults: true,
  allowUnionTypes: true,
  strictRequired: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false }
}
const ajv = new Ajv({ ...options, allErrors: true })
/** Stops at the first error: of a body that is wrong a thousand times, once is enough, and quicker. */
const quickAjv = new Ajv(options)

/** Settings that are lists, joined by commas; what one entry is, for the validator and in words. */
const LISTS: Record<string, { entry: (text: string) => boolean; words: string }> = {
  'api-keys': { entry: text => /^[!-+\--~]{16,200}$/.test(text), words: 'keys of 16 to 200 printable characters, joined by commas' },
  origins: {
    entry: text => text === '*' || (URL.canParse(text) && new URL(text).origin === text),
    words: 'origins such as https://example.com, joined by commas, or *'
  },
  networks: { entry: isNetwork, words: 'addresses or networks such as 10.0.0.0/8, joined by commas' }
}
for (const [name, { entry }] of Object.entries(LISTS)) ajv.addFormat(name, text => listed(text).every(entry))

/** The entries of a setting that is a list. */
export const listed = (text: string): string[] => (text === '' ? [] : text.split(',').map(entry => entry.trim()))

function isNetwork(text: string): boolean {
  const [address, prefix, ...more] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most))
}

export const compile = <T>(schema: AnySchemaObject): ValidateFunction<T> => ajv.compile<T>(schema)
export const compileQuick = <T>(schema: AnySchemaObject): ValidateFunction<T> => quickAjv.compile<T>(schema)

/**
 * Texts (query, path, environment) as the schema's types, where they are written the plain way: `10`, `true`. What is
 * not, stays a text, and the validator says so: `1e3` and ` 10` are no whole numbers here.
 */
export function fromText(schema: AnySchemaObject, texts: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...texts }
  for (const [name, text] of Object.entries(texts)) {
    const property = schema.properties[name] as AnySchemaObject | undefined
    if (property)
      values[name] = property.type === 'array' ? [text].flat().map(each => scalar(property.items, each)) : scalar(property, text)
  }
  return values
}

function scalar({ type }: AnySchemaObject, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

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
  // what may only be written is a secret: it stays out of logs
  return parentSchema.writeOnly ? expected : `${expected}, found ${shown(data)}`
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

function shown(data: unknown): string {
  const text = JSON.stringify(data) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
