import { movieIdSchema } from '../../limits.js'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
import { ITEMS } from './files.js'
import { parseJson, readModelFile } from './manifest.js'

/** What a row of the graph is: the movie id, and its title and genres where the model folder has them. */
export interface Items {
  movieIds: number[]
  titles?: string[]
  genres?: string[][]
  /** how many users like it; the model has learnt nothing about a movie that nobody likes */
  likes?: number[]
}

const column = (items: object): object => ({ type: 'array', items })
const valid = compile<Items>({
  type: 'object',
  properties: {
    movieIds: column(movieIdSchema),
    titles: column({ type: 'string' }),
    genres: column({ type: 'array', items: { type: 'string' } }),
    likes: column({ type: 'integer', minimum: 0 })
  },
  required: ['movieIds'],
  additionalProperties: false
})

/** @throws Error when a column does not have `count` entries, or an id comes twice */
export async function readItems(dir: string, count: number): Promise<Items> {
  const items = parseJson(ITEMS, await readModelFile(dir, ITEMS))
  if (!valid(items)) throw new Error(`${ITEMS}: ${sentences(valid.errors).slice(0, 5).join('; ')}`)
  for (const [name, values] of Object.entries(items)) {
    if (values.length !== count)
      throw new Error(`${ITEMS}: ${name}: expected ${count} entries, as the manifest says, found ${values.length}`)
  }
  if (new Set(items.movieIds).size !== count) throw new Error(`${ITEMS}: movieIds: expected every id once, found some twice`)
  return items
}
