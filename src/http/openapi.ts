import swagger from '@fastify/swagger'
import { ANY_CASE_OF } from '../validation/ajv.js'
import { MAX_BYTES } from '../validation/max-bytes.js'
import type { App } from './fastify.js'

/** Examples may have a `title`, too, and are no schemas. */
const EXAMPLES = ['example', 'examples']

/** The keywords of each type, where a schema has several and one is an object. */
const OWN: Record<string, readonly string[]> = {
  string: ['pattern', MAX_BYTES],
  integer: ['minimum', 'maximum'],
  object: ['properties', 'required', 'additionalProperties']
}

/** The same union as generators of clients know it: a schema for each type. Ours has all in one, for the sake of its errors. */
function asAnyOf(schema: Record<string, unknown>): Record<string, unknown> {
  const { title, description, type, ...keywords } = schema
  if (!Array.isArray(type) || !type.includes('object')) return schema
  const own = (type: string): object => Object.fromEntries(Object.entries(keywords).filter(([name]) => OWN[type].includes(name)))
  return { title, description, anyOf: type.map((type: string) => ({ type, ...own(type) })) }
}

/** A copy with a reference in place of each schema that has a title. Those schemas are added to `components`, by title. */
function withReferences(node: unknown, components: Record<string, unknown>): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map(each => withReferences(each, components))
  const { title } = node as { title?: unknown }
  const copy = Object.fromEntries(
    Object.entries(asAnyOf(node as Record<string, unknown>)).map(([name, part]) => [
      name === ANY_CASE_OF ? 'enum' : name,
      EXAMPLES.includes(name) ? part : withReferences(part, components)
    ])
  )
  if (typeof title !== 'string') return copy
  components[title] = copy
  return { $ref: `#/components/schemas/${title}` }
}

/** The document with its named schemas as components. */
function nameSchemas({ paths, components, ...rest }: { paths?: object; components?: object }): object {
  const schemas = {}
  return { ...rest, paths: withReferences(paths, schemas), components: { ...components, schemas } }
}

/** Describes the routes that are registered after this, from the same schemas that validate their requests. */
export async function describeRoutes(app: App, version: string, withKeys: boolean): Promise<void> {
  await app.register(swagger, {
    // It would read the server's URL, and knows no relative ones.
    stripBasePath: false,
    // Routes have whole schemas: their types, validators and serializers look nothing up. Client generators want names.
    transformObject: document => nameSchemas((document as { openapiObject: object }).openapiObject),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'movie-recommender',
        version,
        description: 'Movie recommendations from what somebody has liked. Every answer says which model gave it, and what decided.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      // relative to this document, so that it holds below any prefix
      servers: [{ url: '.' }],
      tags: [
        { name: 'recommendations', description: 'What to watch next.' },
        { name: 'ratings', description: 'What people say of movies, where ratings are kept.' },
        { name: 'operations', description: 'How the service is.' }
      ],
      security: withKeys ? [{ key: [] }] : [],
      ...(withKeys && { components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key.' } } } })
    }
  })
}
