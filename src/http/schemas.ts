/**
 * Every shape that crosses HTTP; the types and the OpenAPI document follow from them. A shape with a title is a component of
 * the document, under that name, so that client generators make one type of it.
 */
import {
  bodyMovieIdSchema as bodyMovieId,
  bodyUserIdSchema,
  MAX_BATCH_USERS,
  MAX_GROUP,
  MAX_LIST,
  MAX_N,
  movieIdSchema as movieId,
  userIdSchema as userId
} from '../limits.js'
import type { Catalogue } from '../recommender/catalogue.js'
import { FILTERS, type Filters } from '../recommender/filters.js'
import { ANY_CASE_OF } from '../validation/ajv.js'
import { type ErrorCode, ERRORS } from './errors.js'

const n = { type: 'integer', minimum: 1, maximum: MAX_N, default: 10, description: 'How many movies to answer.' } as const

const strict = {
  type: 'boolean',
  default: false,
  description: 'Answer 404 for a user the model does not know, instead of what is popular.'
} as const

const year = { type: 'integer', minimum: 1, maximum: 9999 } as const
const likeCount = { type: 'integer', minimum: 0, maximum: 1e9 } as const

/** A movie that they like, as its id, or one that they rated. */
const historyEntry = {
  ...bodyMovieId,
  title: 'HistoryEntry',
  type: ['string', 'integer', 'object'],
  properties: {
    movieId: bodyMovieId,
    rating: { type: 'number', description: 'On the scale of the model, which `/model` tells; without it, the movie counts as a like.' }
  },
  required: ['movieId'],
  additionalProperties: false,
  description: 'a movie id, or {"movieId": "589", "rating": 5}'
} as const

const history = {
  type: 'array',
  items: historyEntry,
  maxItems: MAX_LIST,
  description: 'Movies they like or rated, oldest first; if one comes twice, the later counts. None of them is answered.'
} as const

const exclude = {
  type: 'array',
  items: bodyMovieId,
  maxItems: MAX_LIST,
  description: 'Movies that must not be answered.'
} as const

/** What every route that recommends can leave out, by what the catalogue knows. What they mean, `recommender/filters.ts` says. */
const filtersFor = <const Id extends object>(genres: readonly string[], id: Id) => {
  const listOfGenres = {
    type: 'array',
    items: { title: 'Genre', type: 'string', maxLength: 100, [ANY_CASE_OF]: genres },
    maxItems: 20
  } as const
  return {
    genre: { ...listOfGenres, description: 'Answer only movies of one of these genres, in any case. May be repeated.' },
    excludeGenre: { ...listOfGenres, description: 'Answer no movie of any of these genres. May be repeated.' },
    from: { ...year, description: 'Answer only movies of this year or later.' },
    to: { ...year, description: 'Answer only movies of this year or earlier.' },
    minLikes: { ...likeCount, description: 'Answer only movies that at least so many people like.' },
    maxLikes: { ...likeCount, description: 'Answer only movies that at most so many people like: hidden gems.' },
    only: {
      type: 'array',
      items: id,
      minItems: 1,
      maxItems: MAX_LIST,
      description: 'Answer only these movies, a watch-list in the order of this taste. May be repeated.'
    }
  } as const satisfies Record<keyof Filters, object>
}

/** What the model knows nothing about is no parameter. To the types, one that is not there is one that nobody sends. */
function filtersOf<const Id extends object>({ genres, items }: Catalogue, id: Id): ReturnType<typeof filtersFor<Id>> {
  const known = Object.entries(filtersFor(genres, id)).filter(([name]) => items[FILTERS[name as keyof Filters].column] !== undefined)
  return Object.fromEntries(known) as ReturnType<typeof filtersFor<Id>>
}

/** In what other ways every route that recommends may rank. */
const ranking = {
  variety: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0,
    description: 'How much it counts that the movies differ from each other: 0 not at all, 1 more than all else.'
  },
  seed: {
    type: 'integer',
    minimum: 0,
    maximum: 2 ** 31 - 1,
    description: 'Another list of nearly the same quality for each number, and the same one for the same number.'
  }
} as const

const explain = {
  type: 'boolean',
  default: false,
  description: 'Say for each movie which ones of the history weighed most. In JSON only.'
} as const

const excludeParameter = {
  ...exclude,
  items: movieId,
  maxItems: 200,
  description: 'A movie that must not be answered. May be repeated.'
} as const

const object = <const Properties, const Required extends readonly (keyof Properties & string)[]>(
  properties: Properties,
  required: Required
) => ({ type: 'object', properties, required, additionalProperties: false }) as const

export const example = <const Schema extends object, const Example>(schema: Schema, ...examples: Example[]) =>
  ({ ...schema, examples }) as const

const named = <const Title extends string, const Schema extends object>(title: Title, schema: Schema) => ({ title, ...schema }) as const

export const userParams = object({ userId: example(userId, '42') }, ['userId'])
export const movieParams = object({ movieId: example(movieId, '589') }, ['movieId'])
/** Of a `POST`: the body says everything, so a query parameter, which would have no effect, is refused. */
export const noQuery = object({}, [])

const mode = {
  type: 'string',
  enum: ['extend', 'replace'],
  default: 'extend',
  description: 'Whether `history` comes on top of what is stored of the user, or in its place.'
} as const

/** One of the users of a batch. */
export const batchUser = object({ userId: bodyUserIdSchema }, ['userId'])

const users = {
  type: 'array',
  items: { type: ['string', 'number'], maxLength: 1000, description: 'a user id, as text or as a number' },
  minItems: 1,
  maxItems: MAX_BATCH_USERS,
  description: 'User ids, each judged for itself.'
} as const

const people = {
  users: { type: 'array', items: bodyUserIdSchema, maxItems: MAX_GROUP, description: 'Those of the people who are known.' },
  histories: { type: 'array', items: history, maxItems: MAX_GROUP, description: 'A history for each of the others.' },
  mode: {
    type: 'string',
    enum: ['together', 'everyone'],
    default: 'together',
    description: 'Whether all count the same, or the least happy one decides.'
  },
  seen: {
    type: 'string',
    enum: ['none', 'any'],
    default: 'none',
    description: 'Whether to answer what some have rated: none of it, or any but what all of them rated or one disliked.'
  }
} as const

const inQuery = (catalogue: Catalogue) =>
  ({ n: example(n, 3), ...filtersOf(catalogue, movieId), exclude: excludeParameter, ...ranking }) as const
const inBody = (catalogue: Catalogue) => ({ exclude, ...filtersOf(catalogue, bodyMovieId), n, ...ranking, explain, strict }) as const

/** What can be asked of a model with this catalogue. */
export const requestSchemas = (catalogue: Catalogue) =>
  ({
    filterQuery: object(inQuery(catalogue), []),
    recommendQuery: object({ ...inQuery(catalogue), explain, strict }, []),
    recommendBody: named('RecommendBody', object({ userId: bodyUserIdSchema, history, mode, ...inBody(catalogue) }, [])),
    batchBody: named('BatchBody', object({ users, ...inBody(catalogue) }, ['users'])),
    groupBody: named('GroupBody', object({ ...people, ...inBody(catalogue) }, []))
  }) as const

const source = {
  title: 'Source',
  type: 'string',
  enum: ['history', 'popular'],
  description: 'What decided: the likes of the user, or of everybody.'
} as const
const model = { type: 'string', description: 'Name and version of the model.' } as const

/** As the ratings had it, and without the bounds of requests. */
const answeredId = { type: 'string' } as const

const share = named(
  'Share',
  object({ movieId: answeredId, title: { type: 'string' }, share: { type: 'number', description: 'Its part of the score.' } }, [
    'movieId',
    'share'
  ])
)
const shares = { type: 'array', items: share } as const
const reasonsOfOne = {
  because: { ...shares, description: 'Up to three of the history that weighed most, with `explain`.' },
  against: { ...shares, description: 'Up to three that weighed most against it, with `explain`.' }
} as const

const movie = named(
  'Movie',
  object(
    {
      movieId: answeredId,
      score: { type: 'number', description: 'Comparable within one answer only.' },
      title: { type: 'string', description: 'Where the model has titles.' },
      ...reasonsOfOne,
      popularity: { type: 'number', description: 'What popularity adds to the score, with `explain`, where that is a sum.' },
      people: {
        type: 'array',
        description: 'Of a group, with `explain`: the reasons of each person, `users` first.',
        items: object({ userId: { type: 'string' }, ...reasonsOfOne }, ['because', 'against'])
      }
    },
    ['movieId', 'score']
  )
)

const items = { type: 'array', description: 'Best first; fewer than asked for when fewer are left.', items: movie } as const

const unknownMovieIds = {
  type: 'array',
  items: answeredId,
  description: 'Movies of the request that the model does not know; they were left out.'
} as const

export const movieIdList = { type: 'string', description: 'Movie ids joined by commas, best first; nothing else.' } as const

const reasons = {
  type: 'string',
  enum: ['sum', 'leave-one-out'],
  description: 'With `explain`, what a share is: a summand of the score, or the score less the score without this movie.'
} as const

const recommended = { source, model, items, reasons, unknownMovieIds }

export const recommendation = named('Recommendation', object({ userId, ...recommended }, ['source', 'model', 'items']))
export const recommendationForUser = named(
  'RecommendationForUser',
  object({ userId, ...recommended }, ['userId', 'source', 'model', 'items'])
)
export const similarMovies = named('SimilarMovies', object({ movieId, ...recommended }, ['movieId', 'source', 'model', 'items']))

export const problem = {
  title: 'Problem',
  type: 'object',
  description: 'RFC 9457.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { title: 'ErrorCode', type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string', description: 'What was wrong, and what was expected.' },
    requestId: { type: 'string' }
  },
  required: ['type', 'title', 'status', 'code', 'detail']
} as const

const userResult = named(
  'UserResult',
  object(
    {
      status: { type: 'integer', description: 'What the user alone would have been answered with.' },
      userId: { type: 'string' },
      source,
      items,
      reasons,
      unknownMovieIds,
      problem
    },
    ['status', 'userId']
  )
)

export const batchResult = named(
  'BatchResult',
  object({ model, results: { type: 'array', description: 'One for each user, in their order.', items: userResult } }, ['model', 'results'])
)

export const modelInfo = {
  title: 'Model',
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

/** One response, as Fastify and the OpenAPI document need it. The example is the route's, the shape is everybody's. */
export function response(description: string, types: Record<string, object>): object {
  const content = Object.entries(types).map(([type, shape]) => {
    const { examples, ...schema } = shape as { examples?: readonly unknown[] }
    return [type, examples ? { schema, example: examples[0] } : { schema }]
  })
  return { description, content: Object.fromEntries(content) }
}

/** Of a `GET` with an `ETag`. */
export const notModified: Record<string, object> = {
  304: { type: 'null', description: 'The caller has the answer: `If-None-Match` names it.' }
}

export const plainText = { 'text/plain': { type: 'string' } } as const
export const html = { 'text/html': { type: 'string' } } as const
