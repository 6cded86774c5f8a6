/**
 * Every shape that crosses HTTP; the types and the OpenAPI document follow from them. A shape with a title is a component of
 * the document, under that name, so that client generators make one type of it.
 */
import {
  bodyMovieIdSchema as bodyMovieId,
  bodyUserIdSchema,
  MAX_BATCH_USERS,
  MAX_FOUND,
  MAX_GROUP,
  MAX_LIST,
  MAX_N,
  MAX_QUERY,
  MAX_RATINGS,
  movieIdSchema as movieId,
  userIdSchema as userId
} from '../limits.js'
import type { RatingScale } from '../recommender/model/rating-scale.js'
import type { Catalogue } from '../recommender/catalogue.js'
import { FILTERS, type Filters } from '../recommender/filters.js'
import { type Site, SITES } from '../recommender/model/items.js'
import { ANY_CASE_OF } from '../validation/ajv.js'
import { type ErrorCode, ERRORS } from './errors.js'

const n = { type: 'integer', minimum: 1, maximum: MAX_N, default: 10, description: 'How many movies to answer.' } as const

const strict = {
  type: 'boolean',
  default: false,
  description: 'Answer 404 for a user the model does not know, instead of what is popular. It says nothing of a history without a user.'
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

const ids = {
  type: 'string',
  enum: Object.keys(SITES) as Site[],
  description:
    'Whose ids all ids of movies are, in request and answer; without it, the ids of the model. Movies that have none there are left out.'
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
    },
    ids
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
  description: 'Say for each movie which ones of the history weighed most. In JSON only: with text it is refused.'
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
export const userMovieParams = object({ userId: example(userId, '42'), movieId: example(movieId, '589') }, ['userId', 'movieId'])
export const movieQuery = object({ ids }, [])
export const searchQuery = object(
  {
    q: example(
      {
        type: 'string',
        pattern: `^[\\s\\S]{1,${MAX_QUERY}}$`,
        description: `a title, or how one begins: a text of 1 to ${MAX_QUERY} characters`
      },
      'matri'
    ),
    n: example({ ...n, maximum: MAX_FOUND }, 2),
    ids
  },
  ['q']
)
/** Of a `POST`: the body says everything, so a query parameter, which would have no effect, is refused. */
export const noQuery = object({}, [])

const mode = {
  type: 'string',
  enum: ['extend', 'replace'],
  default: 'extend',
  description: 'Whether `history` comes on top of what is stored of the user, or in its place. Without a user there is no difference.'
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

const ISO_TIME = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$'

const saidOf = ({ least, greatest }: RatingScale) =>
  ({
    rating: {
      type: 'number',
      minimum: least,
      maximum: greatest,
      description: 'On the scale of the model; without it, the movie counts as a like.'
    },
    time: {
      type: ['string', 'number'],
      pattern: ISO_TIME,
      minimum: 0,
      // the last second of a date in JavaScript
      maximum: 8_640_000_000_000,
      description: 'a time in seconds since 1970, or as 2026-11-28T20:15:00Z; without it, now'
    }
  }) as const

const ratings = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: true,
    description: 'A rating as {"userId":"42","movieId":"589","rating":5,"time":1764360900}; rating and time may be missing.'
  },
  minItems: 1,
  maxItems: MAX_RATINGS,
  description: 'Ratings, each judged for itself.'
} as const

/** How ratings are said to a model that rates on this scale. */
export const ratingSchemas = (scale: RatingScale) =>
  ({
    newRating: object({ userId: bodyUserIdSchema, movieId: bodyMovieId, ...saidOf(scale) }, ['userId', 'movieId']),
    ratingBody: named('RatingBody', object(saidOf(scale), [])),
    ratingsBody: named('RatingsBody', object({ ratings, ids }, ['ratings']))
  }) as const

export const ratingsQuery = object(
  {
    n: { ...n, description: 'How many ratings to answer.' },
    cursor: {
      type: 'string',
      pattern: '^\\d{1,15},[^\\x00-\\x1f\\x7f-\\x9f]{1,200}$',
      description: '`next` of the page before'
    },
    ids
  },
  []
)

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

const titleAndYear = {
  title: { type: 'string', description: 'Where the model knows it, as people write it.' },
  year: { type: 'integer', description: 'Where the model knows it.' }
} as const

const share = named(
  'Share',
  object({ movieId: answeredId, ...titleAndYear, share: { type: 'number', description: 'Its part of the score.' } }, ['movieId', 'share'])
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
      ...titleAndYear,
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

/** What is known of a movie itself. */
export const movieInfo = named(
  'MovieInfo',
  object(
    {
      movieId: answeredId,
      ...titleAndYear,
      genres: { type: 'array', items: { type: 'string' } },
      likes: { type: 'integer', description: 'How many people like it.' },
      imdbId: { type: 'string' },
      tmdbId: { type: 'string' }
    },
    ['movieId']
  )
)
export const foundMovies = named(
  'FoundMovies',
  object({ movies: { type: 'array', description: 'Best first.', items: movieInfo } }, ['movies'])
)

export const ratingsPage = named(
  'Ratings',
  object(
    {
      userId,
      ratings: {
        type: 'array',
        items: object(
          {
            movieId: answeredId,
            ...titleAndYear,
            rating: { type: 'number', description: 'None where they like it and said no more.' },
            time: { type: 'string', description: 'When they said so; none where it came with the model.' }
          },
          ['movieId']
        )
      },
      next: { type: 'string', description: 'The `cursor` of the next page, if there is one.' }
    },
    ['userId', 'ratings']
  )
)

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

const column = <const Type>(type: Type, description: string) => ({ type: 'array', items: { type }, description }) as const

export const catalogueColumns = named(
  'Catalogue',
  object(
    {
      movieIds: { type: 'array', items: answeredId },
      titles: column('string', 'Where the model has titles; empty where this one is not known.'),
      years: column('integer', '0 where it is not known.'),
      genres: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
      likes: column('integer', 'How many people like it.'),
      imdbIds: column(['string', 'null'], 'As `tt0111161`; null where it is not known.'),
      tmdbIds: column(['string', 'null'], 'As `278`; null where it is not known.'),
      x: column('number', 'Where it lies on a map on which movies that are alike lie near each other; 0 to 1.'),
      y: column('number', 'The same, upwards.')
    },
    ['movieIds']
  )
)

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

export const ratingResults = named(
  'RatingResults',
  object(
    {
      results: {
        type: 'array',
        description: 'One for each rating, in their order.',
        items: object({ status: { type: 'integer', description: '204 if it is kept.' }, problem }, ['status'])
      }
    },
    ['results']
  )
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
    map: { type: 'boolean', description: 'Whether `/catalogue` says where each movie lies on a map.' },
    ids: { type: 'array', items: { type: 'string' }, description: 'Whose ids the parameter `ids` may name.' },
    store: { type: 'boolean', description: 'Whether ratings are kept here, and count in the next answer.' },
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
  required: [
    'name',
    'version',
    'created',
    'sha256',
    'items',
    'users',
    'genres',
    'titles',
    'map',
    'ids',
    'store',
    'ratings',
    'data',
    'hyperparameters'
  ]
} as const

/** Errors of every route that is not exempt from key, rate limit and pressure. */
export const GUARDED = ['unauthorized', 'rate_limited', 'overloaded', 'timeout'] as const satisfies ErrorCode[]

/** The responses of a route, for the OpenAPI document: its answer by media type, and its errors. */
export function responses(description: string, types: Record<string, object>, ...errors: ErrorCode[]): Record<string, object> {
  return { 200: response(description, types), ...refusals(errors) }
}

/** The same for a route that has nothing to say when it is done. */
export function noContent(description: string, ...errors: ErrorCode[]): Record<string, object> {
  return { 204: { type: 'null', description }, ...refusals(errors) }
}

function refusals(errors: ErrorCode[]): Record<string, object> {
  const all: ErrorCode[] = [...errors, 'headers_too_large']
  const meaning = (status: number): string =>
    all
      .filter(code => ERRORS[code].status === status)
      .map(code => `\`${code}\`: ${ERRORS[code].meaning}`)
      .join(' ')
  const statuses = [...new Set(all.map(code => ERRORS[code].status))]
  return Object.fromEntries(statuses.map(status => [status, response(meaning(status), { 'application/problem+json': problem })]))
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
