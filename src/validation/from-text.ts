import type { AnySchemaObject } from 'ajv'

/**
 * Texts (query, path, environment) as the schema's types, where they are written the plain way: `10`, `true`. Everything
 * else stays a text, and the validator refuses it: `1e3` and ` 10` are no whole numbers here.
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
  if ([type].flat().includes('integer') && /^(0|-?[1-9]\d{0,15})$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}
