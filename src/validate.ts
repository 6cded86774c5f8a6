import { Ajv, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv'

/** One validator for everything that comes from outside: settings, requests, model folders. It converts nothing. */
const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true, strictRequired: false })

export const compile = <T>(schema: AnySchemaObject): ValidateFunction<T> => ajv.compile<T>(schema)

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
export function sentences(errors: ErrorObject[] | null | undefined): string[] {
  return [...new Set((errors ?? []).map(sentence))]
}

function sentence({ instancePath, keyword, params, parentSchema = {}, data }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.')
  const inside = (name: string): string => (path ? `${path}.${name}` : name)
  if (keyword === 'additionalProperties') {
    const known = Object.keys(parentSchema.properties ?? {})
    return `${inside(params.additionalProperty)}: unknown; ${known.length ? `expected ${list(known, 'or')}` : 'nothing is expected here'}`
  }
  if (keyword === 'required') {
    return `${inside(params.missingProperty)}: missing; expected ${expectation(parentSchema.properties?.[params.missingProperty] ?? {})}`
  }
  return `${path || 'it'}: expected ${expectation(parentSchema)}, found ${shown(data)}`
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
  maxItems
}: AnySchemaObject): string {
  if (options) return list(options.map(String), 'or')
  if (type === 'integer' || type === 'number') {
    const what = type === 'integer' ? 'a whole number' : 'a number'
    if (minimum === undefined) return what
    return maximum === undefined ? `${what} of at least ${minimum}` : `${what} from ${minimum} to ${maximum}`
  }
  if (type === 'boolean') return 'true or false'
  if (type === 'array') return `a list of ${minItems ?? 0} to ${maxItems ?? 'any number of'} entries, each ${expectation(items ?? {})}`
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
