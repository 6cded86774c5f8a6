import { movieIdSchema } from '../../limits.js'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
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
  /** ids elsewhere, null where they are not known: `tt0111161`, `278` */
  imdb?: (string | null)[]
  tmdb?: (string | null)[]
}

/** As the ratings had it: `16` and `0016` are two movies. */
export type MovieId = string

/** What a row of the graph is: the movie id, and what else the model folder has. */
export interface Items extends Omit<Columns, 'ids'> {
  movieIds: MovieId[]
}

const column = (items: object): object => ({ type: 'array', items })
const valid = compile<Columns>({
  type: 'object',
  properties: {
    ids: column(movieIdSchema),
    likes: column({ type: 'integer', minimum: 0 }),
    titles: column({ type: 'string' }),
    years: column({ type: 'integer', minimum: 0, maximum: 9999 }),
    genres: column({ type: 'array', items: { type: 'string' } }),
    imdb: column({ type: ['string', 'null'] }),
    tmdb: column({ type: ['string', 'null'] })
  },
  required: ['ids'],
  additionalProperties: false
})

/** @throws Error when a column does not have `count` entries, or an id comes twice */
export async function readItems(dir: string, count: number): Promise<Items> {
  const columns = parseJson(ITEMS, await readModelFile(dir, ITEMS))
  if (!valid(columns)) throw new Error(`${ITEMS}: ${sentences(valid.errors).slice(0, 5).join('; ')}`)
  for (const [name, values] of Object.entries(columns)) {
    if (values.length !== count)
      throw new Error(`${ITEMS}: ${name}: expected ${count} entries, as the manifest says, found ${values.length}`)
  }
  const { ids, ...others } = columns
  if (new Set(ids).size !== count) throw new Error(`${ITEMS}: ids: expected every id once, found some twice`)
  return { movieIds: ids, ...others }
}
