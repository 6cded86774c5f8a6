import type { AnySchemaObject } from 'ajv'

/**
 * Texts (query, path, environment) as the schema's types, where they are written the plain way: `10`, `0.5`, `true`. Everything
 * else stays a text, and the validator refuses it: `1e3` and ` 10` are no whole numbers here.
 */
export function fromText(schema: AnySchemaObject, texts: Record<string, unknown>): Record<string, unknown> {
  // A copy of a query without a prototype would stay slow to read, which takes a tenth more CPU for each request.
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, valueOf(schema.properties[name], text)]))
}

function valueOf(property: AnySchemaObject | undefined, text: unknown): unknown {
  if (!property) return text
  return property.type === 'array' ? [text].flat().map(each => scalar(property.items, each)) : scalar(property, text)
}

function scalar({ type }: AnySchemaObject, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  if (type === 'number' && /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}
