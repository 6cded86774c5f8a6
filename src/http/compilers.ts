import fastJson from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { compile, compileFirstError } from '../validation/ajv.js'
import { fromText } from '../validation/from-text.js'
import { sentences } from '../validation/sentences.js'
import { Problem } from './errors.js'

/** Errors are sent as they are, so only answers of status 200 need a serializer: compiling the others takes time at every start. */
export const serializerCompiler: FastifySerializerCompiler<object> = ({ schema, httpStatus }) =>
  httpStatus === '200' ? lazily(() => fastJson(schema)) : data => JSON.stringify(data)

export const validatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const isBody = httpPart === 'body'
  return lazily(() => {
    const valid = (isBody ? compileFirstError : compile)(schema as object)
    return data => {
      const value = isBody ? data : fromText(schema as object, data)
      return valid(value) ? { value } : { error: new Problem('invalid_request', sentences(valid.errors, 'body').join('; ')) }
    }
  })
}

/** The function that `make` gives, made at its first call: compiling all schemas would be a fifth of a start. */
function lazily<In, Out>(make: () => (input: In) => Out): (input: In) => Out {
  let made: ((input: In) => Out) | undefined
  return input => (made ??= make())(input)
}
