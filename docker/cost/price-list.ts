import { readFile } from 'node:fs/promises'
import type { FromSchema } from 'json-schema-to-ts'
import { compile } from '../../src/validation/ajv.js'
import { sentences } from '../../src/validation/sentences.js'

const text = { type: 'string', minLength: 1 } as const
const date = { type: 'string', pattern: '^\\d{4}-\\d\\d(-\\d\\d)?$', description: 'a date, YYYY-MM or YYYY-MM-DD' } as const
const mark = { enum: ['aws', 'secondary', 'unverified'] } as const

const price = {
  type: 'object',
  properties: { usd: { type: 'number', exclusiveMinimum: 0 }, per: text, mark, source: text, asOf: date },
  required: ['usd', 'per', 'mark', 'source', 'asOf'],
  additionalProperties: false
} as const

const allowance = {
  type: 'object',
  properties: { amount: { type: 'number', exclusiveMinimum: 0 }, per: text, mark, source: text, asOf: date },
  required: ['amount', 'per', 'mark', 'source', 'asOf'],
  additionalProperties: false
} as const

const schema = {
  type: 'object',
  properties: {
    region: text,
    read: date,
    hoursInMonth: { type: 'number', exclusiveMinimum: 0 },
    marks: { type: 'object', additionalProperties: text },
    prices: { type: 'object', additionalProperties: price },
    free: { type: 'object', additionalProperties: allowance }
  },
  required: ['region', 'read', 'hoursInMonth', 'marks', 'prices', 'free'],
  additionalProperties: false
} as const

/** List prices of one region, each with where it comes from, as of when, and how far to trust it. */
export type PriceList = FromSchema<typeof schema>

const PRICES = 'docker/cost/prices.json'

const valid = compile<PriceList>(schema)

/** @throws Error saying what is missing or not as expected */
export async function readPrices(file = PRICES): Promise<PriceList> {
  const prices: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (!valid(prices)) throw new Error(`${file}: ${sentences(valid.errors).join('; ')}`)
  return prices
}
