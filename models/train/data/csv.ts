import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, type Info, parse } from 'csv-parse'
import { movieIdSchema } from '../../../src/limits.js'

/** The records of a CSV file with a header line, as `{ at: 'file:line', value: { column: text } }`. */
export async function* readCsv<Column extends string>(
  file: string,
  columns: Column[],
  optional: Column[] = [],
  onBytes: (bytes: number) => void = () => {}
): AsyncGenerator<{ at: string; value: Record<Column, string> }> {
  const name = basename(file)
  const source = createReadStream(file).on('data', chunk => onBytes(chunk.length))
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true })
  // The iteration below rejects with any failure of the pipeline, so the callback has nothing to do.
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, () => {})
  else pipeline(source, parser, () => {})

  let header: string[] | undefined
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const at = `${name}:${info.lines}`
      if (!header) {
        header = record
        const missing = columns.filter(column => !record.includes(column) && !optional.includes(column))
        if (missing.length) throw new Error(`${at}: expected a header with the columns ${columns.join(', ')}, found ${record.join(', ')}`)
        continue
      }
      if (record.length !== header.length) {
        throw new Error(`${at}: expected ${header.length} columns (${header.join(', ')}), found ${record.length}`)
      }
      const value = {} as Record<Column, string>
      for (const [i, column] of header.entries()) value[column as Column] = record[i]
      yield { at, value }
    }
  } catch (error) {
    if (error instanceof CsvError) throw new Error(`${name}:${error.lines}: ${error.message}`, { cause: error })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`${file}: there is no such file`, { cause: error })
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw new Error(`${name}: expected gzip data, as the name says: ${(error as Error).message}`, { cause: error })
    }
    throw error
  }
  if (!header) throw new Error(`${name}:1: expected a header with the columns ${columns.join(', ')}, found an empty file`)
}

export function numberIn(text: string, at: string, column: string, expected: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw bad(at, column, expected, text)
  return value
}

export function bad(at: string, column: string, expected: string, found: string): Error {
  return new Error(`${at}: ${column}: expected ${expected}, found "${found}"`)
}

export function movieIdIn(text: string, at: string): number {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(id <= movieIdSchema.maximum)) throw bad(at, 'movieId', `a whole number from 0 to ${movieIdSchema.maximum}`, text)
  return id
}
