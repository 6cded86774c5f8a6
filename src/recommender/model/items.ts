import { movieIdSchema } from '../../limits.js'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
import { shownTitle } from '../title.js'
import { ITEMS } from './files.js'
import { parseJson, readModelFile } from './manifest.js'

/** The columns of items.json, one entry for each row of the graph. */
export interface Columns {
  ids: MovieId[]
  /** how many users like it; the model has learnt nothing about a movie that nobody likes */
  likes?: number[]
  titles?: string[]
  /** 0 where it is not known */
  years?: number[]
  genres?: string[][]
  /** ids on other sites, null where they are not known */
  imdb?: (string | null)[]
  tmdb?: (string | null)[]
  /** where each lies on a map of all, near those that are alike */
  map?: { x: number[]; y: number[] }
}

/** The sites whose ids movies may have, each a column: their names for people, and what an id looks like. */
export const SITES = {
  imdb: { name: 'IMDb', pattern: '^tt\\d{7,9}$', description: 'an id of IMDb such as tt0111161' },
  tmdb: { name: 'TMDb', pattern: '^[1-9]\\d{0,9}$', description: 'an id of TMDb such as 278' }
} as const

export type Site = keyof typeof SITES

/** As the ratings had it: `16` and `0016` are two movies. */
export type MovieId = string

/** What a row of the graph is: the movie id, and what else the model folder has. Titles are as people write them. */
export interface Items extends Omit<Columns, 'ids'> {
  movieIds: MovieId[]
}

const column = (items: object): object => ({ type: 'array', items })
const idsOf = ({ pattern, description }: { pattern: string; description: string }): object =>
  column({ type: ['string', 'null'], pattern, description: `${description}, or null` })
const valid = compile<Columns>({
  type: 'object',
  properties: {
    ids: column(movieIdSchema),
    likes: column({ type: 'integer', minimum: 0 }),
    titles: column({ type: 'string' }),
    years: column({ type: 'integer', minimum: 0, maximum: 9999 }),
    genres: column({ type: 'array', items: { type: 'string' } }),
    imdb: idsOf(SITES.imdb),
    tmdb: idsOf(SITES.tmdb),
    map: {
      type: 'object',
      properties: { x: column({ type: 'number' }), y: column({ type: 'number' }) },
      required: ['x', 'y'],
      additionalProperties: false
    }
  },
  required: ['ids'],
  additionalProperties: false
})

/** @throws Error when a column does not have `count` entries, or an id comes twice */
export async function readItems(dir: string, count: number): Promise<Items> {
  const columns = parseJson(ITEMS, await readModelFile(dir, ITEMS))
  if (!valid(columns)) throw new Error(`${ITEMS}: ${sentences(valid.errors).slice(0, 5).join('; ')}`)
  const { map, ...plain } = columns
  for (const [name, values] of Object.entries<unknown[]>({ ...plain, ...(map && { 'map.x': map.x, 'map.y': map.y }) })) {
    if (values.length !== count)
      throw new Error(`${ITEMS}: ${name}: expected ${count} entries, as the manifest says, found ${values.length}`)
  }
  const { ids, ...others } = columns
  if (new Set(ids).size !== count) throw new Error(`${ITEMS}: ids: expected every id once, found some twice`)
  const titles = others.titles?.map((title, row) => shownTitle(title, others.years?.[row]))
  return { movieIds: ids, ...others, ...(titles && { titles }) }
}
