/** The bounds that callers meet, each stated once: requests, model folders and the trainer share them. */

/** most movies in one answer */
export const MAX_N = 500

/** most movies in a history or an exclusion that comes in a body */
export const MAX_LIST = 2000

/** most users in one batch call */
export const MAX_BATCH_USERS = 100

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

/** Any text, or a whole number that JSON carries exactly: up to 2⁵³ − 1. */
export const movieIdSchema = {
  type: ['integer', 'string'],
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  pattern: '^[^\\p{Cc}]{1,200}$',
  description: 'a whole number, or a text of 1 to 200 characters'
} as const
