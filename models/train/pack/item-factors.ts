import { existsSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { Database, named, quoted } from '../data/database.js'
import type { Dense } from '../linear/dense.js'
import { type Numpy, readNpy, withNpz } from './npy.js'

/** A row of numbers for each item, as another program learnt them. */
export interface ItemFactors extends Dense {
  /** the item of each row, where the file says it */
  ids?: string[]
  /** what the model was trained with, where the file says it */
  lambda?: number
  alpha?: number
}

/**
 * Reads item factors: `.npy` [items, d]; `.npz` with the array `item_factors`, as `implicit` saves its models; Parquet, or a folder
 * of it, as Spark saves `ALSModel.itemFactors`; a table of an id and d numbers.
 *
 * @throws Error that names the file and what was expected
 */
export async function readItemFactors(file: string): Promise<ItemFactors> {
  const found = await read(file)
  const at = found.values.findIndex(value => !Number.isFinite(value))
  if (at >= 0) throw new Error(`${basename(file)}: expected finite numbers, found ${found.values[at]} in row ${Math.floor(at / found.d)}`)
  return found
}

function read(file: string): Promise<ItemFactors> {
  if (!existsSync(file)) throw new Error(`${file}: there is no such file`)
  if (statSync(file).isDirectory()) {
    const inside = join(file, 'itemFactors')
    return readTable(`read_parquet(${quoted(join(existsSync(inside) ? inside : file, '*.parquet'))})`, file)
  }
  const kind = extname(file)
  if (kind === '.npy') return readNpy(file).then(numpy => ofNumpy(numpy, basename(file)))
  if (kind === '.npz') return withNpz(file, ofImplicit(file))
  return readTable(kind === '.parquet' ? `read_parquet(${quoted(file)})` : `read_csv(${quoted(file)})`, file)
}

function ofNumpy({ shape, values }: Numpy, name: string): ItemFactors {
  const [items, d] = shape
  if (shape.length !== 2 || items === 0 || d === 0)
    throw new Error(`${name}: expected an array of items × numbers, found one of ${shape.join(' × ')}`)
  const rows = values instanceof Float32Array ? values.subarray(0, items * d) : Float32Array.from(values)
  return { values: rows, d }
}

/** The archive of `implicit`: https://benfred.github.io/implicit/ */
const ofImplicit =
  (file: string) =>
  async ({ names, has, array }: Parameters<Parameters<typeof withNpz<ItemFactors>>[1]>[0]): Promise<ItemFactors> => {
    const name = has('item_factors') ? 'item_factors' : names.length === 1 ? names[0] : undefined
    if (name === undefined) throw new Error(`${basename(file)}: expected an array item_factors, found ${names.join(', ')}`)
    const number = async (name: string): Promise<number | undefined> => (has(name) ? Number((await array(name)).values[0]) : undefined)
    return {
      ...ofNumpy(await array(name), `${basename(file)}: ${name}`),
      lambda: await number('regularization'),
      alpha: await number('alpha')
    }
  }

/** A table of an id and a list of numbers, or of an id and columns of numbers; by id, numbers as numbers. */
const readTable = (table: string, file: string): Promise<ItemFactors> =>
  Database.with(1, async database => {
    const found = await database.rows(`DESCRIBE FROM ${table}`).catch(error => {
      throw new Error(`${basename(file)}: expected a table of ids and numbers: ${(error as Error).message.split('\n')[0]}`, {
        cause: error
      })
    })
    const [id, ...numbers] = found.map(({ column_name }) => named(column_name as string))
    if (numbers.length === 0) throw new Error(`${basename(file)}: expected an id and numbers, found one column, ${id}`)
    const list = numbers.length === 1 ? numbers[0] : `[${numbers.join(', ')}]`
    const rows = `(SELECT CAST(${id} AS VARCHAR) AS id, TRY_CAST(${list} AS FLOAT[]) AS list FROM ${table})`
    const [{ least, most, items }] = await database.rows(
      `SELECT min(coalesce(len(list), 0)) AS least, max(len(list)) AS most, count(*) AS items FROM ${rows}`
    )
    if (items === '0' || least !== most || most === '0')
      throw new Error(
        `${basename(file)}: expected an id and as many numbers in every row, found ${items} rows of ${least} to ${most ?? 0} numbers in ${numbers.join(', ')}`
      )
    const d = Number(most)
    const ids: string[] = []
    const values = new Float32Array(Number(items) * d)
    const result = await database.connection.stream(`SELECT id, list FROM ${rows} ORDER BY TRY_CAST(id AS HUGEINT) NULLS LAST, id`)
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const { items: row } of chunk.getColumnValues(1) as unknown as { items: number[] }[]) values.set(row, d * ids.push('') - d)
      for (const [at, id] of (chunk.getColumnValues(0) as string[]).entries()) ids[ids.length - chunk.rowCount + at] = id
    }
    return { values, d, ids }
  })
