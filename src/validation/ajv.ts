import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv'
import { entriesOf, LISTS } from './lists.js'
import { MAX_BYTES } from './max-bytes.js'

/**
 * An annotation: one of these texts, in any case. JSON Schema knows no such rule, so the routes check it, and the OpenAPI
 * document says `enum`.
 */
export const ANY_CASE_OF = 'x-any-case-of'

/** One validator for everything that comes from outside: settings, requests, model folders. It converts nothing. */
const options = {
  verbose: true,
  useDefaults: true,
  allowUnionTypes: true,
  strictRequired: false,
  // Half of what compiling costs: checking our own schemas at every start, and polishing the code written for them.
  meta: false,
  validateSchema: false,
  code: { optimize: false }
}
const ajv = new Ajv({ ...options, allErrors: true })
const firstErrorAjv = new Ajv(options)
for (const each of [ajv, firstErrorAjv]) {
  each.addVocabulary([ANY_CASE_OF])
  each.addKeyword({ keyword: MAX_BYTES, type: 'string', validate: fits })
}

for (const [name, { isEntry }] of Object.entries(LISTS)) ajv.addFormat(name, text => entriesOf(text).every(isEntry))

/** Half of a surrogate pair has no UTF-8: it would be written as U+FFFD, and so would every other one. */
function fits(mostBytes: number, text: string): boolean {
  return !/\p{Surrogate}/u.test(text) && Buffer.byteLength(text) <= mostBytes
}

/** A validator that finds every error. */
export const compile = <T>(schema: AnySchemaObject): ValidateFunction<T> => ajv.compile<T>(schema)
/** A validator that stops at the first error: one sentence is enough for a body that is wrong a thousand times. */
export const compileFirstError = <T>(schema: AnySchemaObject): ValidateFunction<T> => firstErrorAjv.compile<T>(schema)
