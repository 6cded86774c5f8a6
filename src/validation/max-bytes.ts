/** A keyword: most bytes of a text in UTF-8, which it must have. JSON Schema counts characters, and OpenAPI takes any `x-`. */
export const MAX_BYTES = 'x-max-bytes'
