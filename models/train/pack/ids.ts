import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { movieIdSchema } from '../../../src/limits.js'
import { MOVIE_COLUMNS } from '../data/column-names.js'
import { Database } from '../data/database.js'
import { openSource } from '../data/source.js'
import { wholeNumbers } from '../data/read-ratings.js'
import { readNpy } from './npy.js'

/**
 * Reads the ids of the items, in the order of the model's rows: one a line, a JSON list, whole numbers as numpy saves them, or a
 * table with a column of them.
 *
 * @throws Error that names the file, the line and what was expected
 */
export async function readIds(file: string): Promise<string[]> {
  const ids = await listed(file)
  const pattern = new RegExp(movieIdSchema.pattern, 'u')
  const seen = new Map<string, number>()
  for (const [row, id] of ids.entries()) {
    if (!pattern.test(id))
      throw new Error(`${basename(file)}: row ${row}: expected an id, ${movieIdSchema.description}, found ${JSON.stringify(id)}`)
    if (seen.has(id)) throw new Error(`${basename(file)}: rows ${seen.get(id)} and ${row} have the same id ${id}: expected every id once`)
    seen.set(id, row)
  }
  return ids
}

async function listed(file: string): Promise<string[]> {
  if (extname(file) === '.npy') return Array.from((await readNpy(file)).values, String)
  if (/\.(parquet|gz|jsonl|ndjson)$/.test(file)) return column(file)
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '')
  if (text.trimStart().startsWith('[')) return (JSON.parse(text) as unknown[]).map(String)
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  if (/[,;\t|]/.test(lines[0] ?? '')) return column(file)
  const isName = MOVIE_COLUMNS.item.usual.includes((lines[0] ?? '').toLowerCase().replaceAll(/[^a-z]/g, ''))
  return wholeNumbers(
    lines.slice(Number(isName)).map(line => line.trim()),
    'item'
  )
}

/** The column of a table that is named as items usually are. */
const column = (file: string): Promise<string[]> =>
  Database.with(1, async database => {
    const source = await openSource(database, file, { names: { item: MOVIE_COLUMNS.item }, given: {}, option: '--items' })
    const rows = await database.rows(`SELECT trim(${source.columns.item}) AS id FROM ${source.table}`)
    return wholeNumbers(
      rows.map(({ id }) => id ?? ''),
      'item'
    )
  })
