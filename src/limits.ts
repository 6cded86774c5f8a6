/** The bounds that callers meet, each stated once: requests, model folders and the trainer share them. */

/** most movies in one answer */
export const MAX_N = 500

/** most movies in a history or an exclusion that comes in a body */
export const MAX_LIST = 2000

/** most people in one group */
export const MAX_GROUP = 10

/** most users in one batch call */
export const MAX_BATCH_USERS = 100

/** most movies in a catalogue that is sent whole: it is made in one turn of the event loop, 0.1 s for so many */
export const MAX_CATALOGUE = 100_000

export const userIdSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9._~-]{1,100}$',
  description: '1 to 100 letters, digits or any of . _ ~ -'
} as const

/** The same id in a body: many callers keep their user ids as numbers. */
export const bodyUserIdSchema = {
  ...userIdSchema,
  type: ['string', 'integer'],
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: `${userIdSchema.description}, or a whole number`
} as const

/** Whole numbers that JSON carries exactly: up to 2⁵³ − 1. */
export const movieIdSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
