/** Every shape that crosses HTTP; the types and the OpenAPI document follow from them. */
import { bodyUserIdSchema, MAX_BATCH_USERS, MAX_LIST, MAX_N, movieIdSchema as movieId, userIdSchema as userId } from '../limits.js'
import type { Filters } from '../recommender/filters.js'
import { type ErrorCode, ERRORS } from './errors.js'

const n = { type: 'integer', minimum: 1, maximum: MAX_N, default: 10, description: 'How many movies to answer.' } as const

const strict = {
  type: 'boolean',
  default: false,
  description: 'Answer 404 for a user the model does not know, instead of what is popular.'
} as const

const genres = { type: 'array', items: { type: 'string', minLength: 1, maxLength: 100 }, maxItems: 20 } as const
const year = { type: 'integer', minimum: 1, maximum: 9999 } as const
const likeCount = { type: 'integer', minimum: 0, maximum: 1e9 } as const

/** A movie that they like, as its id, or one that they rated. */
const historyEntry = {
  ...movieId,
  type: ['integer', 'string', 'object'],
  properties: {
    movieId,
    rating: { type: 'number', description: 'On the scale of the model, which `/model` tells; without it, the movie counts as a like.' }
  },
  required: ['movieId'],
  additionalProperties: false,
  description: 'a movie id, a whole number or a text, or {"movieId": 1, "rating": 5}'
} as const

const history = {
  type: 'array',
  items: historyEntry,
  maxItems: MAX_LIST,
  description: 'Movies they like or rated, oldest first; if one comes twice, the later counts. None of them is answered.'
} as const

const exclude = {
  type: 'array',
  items: movieId,
  maxItems: MAX_LIST,
  description: 'Movies that must not be answered.'
} as const

/** What every route that recommends can leave out, by what the catalogue knows. What they mean, `recommender/filters.ts` says. */
const filters = {
  genre: { ...genres, description: 'Answer only movies of one of these genres, in any case. May be repeated.' },
  excludeGenre: { ...genres, description: 'Answer no movie of any of these genres. May be repeated.' },
  from: { ...year, description: 'Answer only movies of this year or later.' },
  to: { ...year, description: 'Answer only movies of this year or earlier.' },
  minLikes: { ...likeCount, description: 'Answer only movies that at least so many people like.' },
  maxLikes: { ...likeCount, description: 'Answer only movies that at most so many people like: hidden gems.' },
  only: {
    type: 'array',
    items: movieId,
    minItems: 1,
    maxItems: MAX_LIST,
    description: 'Answer only these movies, a watch-list in the order of this taste. May be repeated.'
  }
} as const satisfies Record<keyof Filters, object>

const excludeParameter = { ...exclude, maxItems: 200, description: 'A movie that must not be answered. May be repeated.' } as const

const object = <const Properties, const Required extends readonly (keyof Properties & string)[]>(
  properties: Properties,
  required: Required
) => ({ type: 'object', properties, required, additionalProperties: false }) as const

export const example = <const Schema extends object, const Example>(schema: Schema, ...examples: Example[]) =>
  ({ ...schema, examples }) as const

export const userParams = object({ userId: example(userId, '42') }, ['userId'])
export const movieParams = object({ movieId: example(movieId, 589) }, ['movieId'])
export const filterQuery = object({ n: example(n, 3), ...filters, exclude: excludeParameter }, [])
/** Of a `POST`: the body says everything, so a query parameter, which would have no effect, is refused. */
export const noQuery = object({}, [])
export const recommendQuery = object({ n: example(n, 3), strict, ...filters, exclude: excludeParameter }, [])

const mode = {
  type: 'string',
  enum: ['extend', 'replace'],
  default: 'extend',
  description: 'Whether `history` comes on top of what is stored of the user, or in its place.'
} as const

export const recommendBody = object({ userId: bodyUserIdSchema, history, mode, exclude, ...filters, n, strict }, [])

/** One of the users of a batch. */
export const batchUser = object({ userId: bodyUserIdSchema }, ['userId'])

export const batchBody = object(
  {
    users: {
      type: 'array',
      items: { type: ['string', 'number'], maxLength: 1000, description: 'a user id, as text or as a number' },
      minItems: 1,
      maxItems: MAX_BATCH_USERS,
      description: 'User ids, each judged for itself.'
    },
    exclude,
    ...filters,
    n,
    strict
  },
  ['users']
)

const source = {
  type: 'string',
  enum: ['history', 'popular'],
  description: 'What decided: the likes of the user, or of everybody.'
} as const
const model = { type: 'string', description: 'Name and version of the model.' } as const

/** A whole number where the id is one. */
const answeredId = { type: movieId.type } as const

const items = {
  type: 'array',
  description: 'Best first; fewer than asked for when fewer are left.',
  items: object(
    {
      movieId: answeredId,
      score: { type: 'number', description: 'Comparable within one answer only.' },
      title: { type: 'string', description: 'Where the model has titles.' }
    },
    ['movieId', 'score']
  )
} as const

const unknownMovieIds = {
  type: 'array',
  items: answeredId,
  description: 'Movies of the request that the model does not know; they were left out.'
} as const

export const movieIdList = { type: 'string', description: 'Movie ids joined by commas, best first; nothing else.' } as const

const recommended = { source, model, items, unknownMovieIds }

export const recommendation = object({ userId, ...recommended }, ['source', 'model', 'items'])
export const recommendationForUser = object({ userId, ...recommended }, ['userId', 'source', 'model', 'items'])
export const similarMovies = object({ movieId, ...recommended }, ['movieId', 'source', 'model', 'items'])

export const problem = {
  type: 'object',
  description: 'RFC 9457.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string', description: 'What was wrong, and what was expected.' },
    requestId: { type: 'string' }
  },
  required: ['type', 'title', 'status', 'code', 'detail']
} as const

export const batchResult = object(
  {
    model,
    results: {
      type: 'array',
      description: 'One for each user, in their order.',
      items: object(
        {
          status: { type: 'integer', description: 'What the user alone would have been answered with.' },
          userId: { type: 'string' },
          source,
          items,
          unknownMovieIds,
          problem
        },
        ['status', 'userId']
      )
    }
  },
  ['model', 'results']
)

export const modelInfo = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    version: { type: 'string' },
    created: { type: 'string', format: 'date' },
    sha256: { type: 'string', description: 'Of the graph.' },
    items: { type: 'integer' },
    users: { type: 'integer', description: 'How many are known.' },
    genres: { type: 'array', items: { type: 'string' } },
    titles: { type: 'boolean', description: 'Whether answers have titles.' },
    ratings: {
      type: 'object',
      description: 'How its users rate: a rating of at least `liked` is a like.',
      properties: { least: { type: 'number' }, greatest: { type: 'number' }, liked: { type: 'number' } },
      required: ['least', 'greatest', 'liked']
    },
    link: { type: 'string', description: 'Where a movie has a page: put its id for {movieId}.' },
    data: { type: 'object', additionalProperties: true, description: 'What it was trained on, and under which licence.' },
    hyperparameters: { type: 'object', additionalProperties: { type: 'number' } },
    quality: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'number' } } }
  },
  required: ['name', 'version', 'created', 'sha256', 'items', 'users', 'genres', 'titles', 'ratings', 'data', 'hyperparameters']
} as const

/** Errors of every route that is not exempt from key, rate limit and pressure. */
export const GUARDED = ['unauthorized', 'rate_limited', 'overloaded', 'timeout'] as const satisfies ErrorCode[]

/** The responses of a route, for the OpenAPI document: its answer by media type, and its errors. */
export function responses(description: string, types: Record<string, object>, ...errors: ErrorCode[]): Record<string, object> {
  const all: ErrorCode[] = [...errors, 'headers_too_large']
  const meaning = (status: number): string =>
    all
      .filter(code => ERRORS[code].status === status)
      .map(code => `\`${code}\`: ${ERRORS[code].meaning}`)
      .join(' ')
  const statuses = [...new Set(all.map(code => ERRORS[code].status))]
  return {
    200: response(description, types),
    ...Object.fromEntries(statuses.map(status => [status, response(meaning(status), { 'application/problem+json': problem })]))
  }
}

/** One response, as Fastify and the OpenAPI document need it. */
export function response(description: string, types: Record<string, object>): object {
  return { description, content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }])) }
}

export const plainText = { 'text/plain': { type: 'string' } } as const
