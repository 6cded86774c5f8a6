import { MAX_BYTES } from './validation/max-bytes.js'

/** The bounds that callers meet, each stated once: requests, model folders and the trainer share them. */

/** most movies in one answer */
export const MAX_N = 500

/** most movies in a history or an exclusion that comes in a body */
export const MAX_LIST = 2000

/** most people in one group */
export const MAX_GROUP = 10

/** most users in one batch call */
export const MAX_BATCH_USERS = 100

/** most ratings in one call */
export const MAX_RATINGS = 1000

/** most movies in a catalogue that is sent whole: it is made in one turn of the event loop, 0.1 s for so many */
export const MAX_CATALOGUE = 100_000

/**
 * most bytes that AWS takes of a function as an answer, and of one behind a load balancer:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, .../services-alb.html
 */
export const MAX_FUNCTION_ANSWER = 6_291_556
export const MAX_LOAD_BALANCER_ANSWER = 1_048_576

/** most movies that a search by title answers, and most characters that it looks for */
export const MAX_FOUND = 20
export const MAX_QUERY = 100

/** Whole numbers that JSON carries exactly: up to 2⁵³ − 1. */
const whole = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const

/** Ids are text, of users and of movies: 1 to so many bytes of UTF-8 without control characters, which would end a line in a file. */
export const MAX_ID_BYTES = 200

export const userIdSchema = {
  type: 'string',
  pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]{1,200}$',
  [MAX_BYTES]: MAX_ID_BYTES,
  description: `a text of 1 to ${MAX_ID_BYTES} bytes without control characters`
} as const

/** The same id in a body: many callers keep their ids as numbers. */
export const bodyUserIdSchema = {
  ...userIdSchema,
  ...whole,
  type: ['string', 'integer'],
  description: `${userIdSchema.description}, or a whole number`
} as const

/** A movie's id has no comma either, for commas join ids in the text form of an answer. */
export const movieIdSchema = {
  ...userIdSchema,
  pattern: '^[^\\x00-\\x1f\\x7f-\\x9f,]{1,200}$',
  description: `${userIdSchema.description} or commas`
} as const

export const bodyMovieIdSchema = {
  ...movieIdSchema,
  ...whole,
  type: ['string', 'integer'],
  description: `${movieIdSchema.description}, or a whole number`
} as const
