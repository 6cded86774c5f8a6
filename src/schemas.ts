/** Every shape that crosses HTTP; types follow from them. */

export const userId = {
  type: 'string',
  pattern: '^[A-Za-z0-9._~-]{1,100}$',
  description: '1 to 100 letters, digits or any of . _ ~ -'
} as const

export const n = { type: 'integer', minimum: 1, maximum: 500, default: 10, description: 'How many movies to answer.' } as const

export const recommendParams = {
  type: 'object',
  properties: { userId },
  required: ['userId'],
  additionalProperties: false
} as const

export const recommendQuery = {
  type: 'object',
  properties: {
    n,
    strict: { type: 'boolean', default: false, description: 'Answer 404 for a user the model does not know, instead of what is popular.' }
  },
  additionalProperties: false
} as const

export const movieIdList = { type: 'string', description: 'Movie ids joined by commas, best first.' } as const

export const recommendation = {
  type: 'object',
  properties: {
    userId,
    source: { type: 'string', enum: ['history', 'popular'], description: 'What decided: the likes of the user, or of everybody.' },
    model: { type: 'string', description: 'Name and version of the model.' },
    items: {
      type: 'array',
      description: 'Best first; fewer than asked for when fewer are left.',
      items: {
        type: 'object',
        properties: {
          movieId: { type: 'integer' },
          score: { type: 'number', description: 'Comparable within one answer only.' },
          title: { type: 'string' }
        },
        required: ['movieId', 'score']
      }
    }
  },
  required: ['userId', 'source', 'model', 'items']
} as const
