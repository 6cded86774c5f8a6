import { basename } from 'node:path'
import { type Database, quoted } from './database.js'
import { MAX_ID_BYTES, movieIdSchema, userIdSchema } from '../../../src/limits.js'
import { MISSING } from './ids.js'
import type { Source } from './source.js'

/** How many bad lines are named. The others are counted. */
const NAMED = 20

/** SQL that holds for an id that is none: control characters would end its line in the histories. */
export const isNoId = (id: string): string =>
  `(${id} IS NULL OR ${id} IN (${MISSING.map(quoted).join(', ')}) OR strlen(${id}) > ${MAX_ID_BYTES} OR regexp_matches(${id}, '\\p{Cc}'))`

/** The same for a movie's: in an answer, commas join ids. */
export const isNoMovieId = (id: string): string => `(${isNoId(id)} OR contains(${id}, ','))`

export const ID = `an id, ${userIdSchema.description}`
export const MOVIE_ID = `an id, ${movieIdSchema.description}`

/** What a column's values must be: SQL that holds for a bad row, and words. */
export interface Expected<Column extends string> {
  column: Column
  isBad: string
  words: string
}

/** SQL that holds for every row that is as expected. */
const isGood = (expected: readonly Expected<string>[]): string =>
  `NOT coalesce(${['false', ...expected.map(({ isBad }) => isBad)].join(' OR ')}, false)`

export interface SkipOptions {
  skipBadLines?: boolean
  /** told what is left out */
  say: (sentence: string) => void
}

/**
 * Looks for bad lines, and says which they are.
 *
 * @returns SQL that holds for the good rows of `part`
 * @throws Error that names the bad lines, unless they are to be skipped
 */
export async function goodRows<Column extends string>(
  database: Database,
  part: string,
  source: Source<Column>,
  expected: readonly Expected<Column>[],
  { skipBadLines, say }: SkipOptions
): Promise<string> {
  const bad = await badLines(database, part, source, expected)
  if (bad.length === 0) return 'true'
  const them = bad.at(-1) === '1 bad line' ? 'it' : 'them'
  if (!skipBadLines) throw new Error(`${bad.join('\n')}: mend ${them}, or leave ${them} out with --skip-bad-lines`)
  say(`${bad.join('\n')} left out`)
  return isGood(expected)
}

/**
 * Looks for the lines of a source that cannot be taken: broken ones, which are no rows, and rows with a bad value.
 *
 * @param part the table that the source was read into, with all its rows in order
 * @returns a sentence for each of the first twenty, the count of all last; none if there are no bad lines
 */
async function badLines<Column extends string>(
  database: Database,
  part: string,
  { file, table, columns, lines }: Source<Column>,
  expected: readonly Expected<Column>[]
): Promise<string[]> {
  const isBad = `NOT (${isGood(expected)})`
  const badRows = await database.count(`SELECT count(*) FROM ${part} WHERE ${isBad}`)
  const broken = lines ? await database.count(`SELECT ${lines.rejectedCount}`) : 0
  const count = badRows + broken
  if (count === 0) return []
  const rejected = lines && broken > 0 ? await database.rows(`SELECT * FROM ${lines.rejected} ORDER BY line LIMIT ${NAMED}`) : []
  const named = badRows > 0 ? await badValues(database, part, { table, columns, lines }, expected) : []
  const sentences = [...rejected.map(({ line, error, text }) => ({ line: Number(line), sentence: brokenLine(error, text) })), ...named]
    .sort((a, b) => a.line - b.line)
    .map(({ line, sentence }) => `${basename(file)}:${line}: ${sentence}`)
  const first = count > NAMED ? `, of which the first ${NAMED} are named` : ''
  return [...sentences.slice(0, NAMED), count === 1 ? '1 bad line' : `${count} bad lines${first}`]
}

const brokenLine = (error: string | null, text: string | null): string =>
  `${BROKEN[error ?? ''] ?? error}: ${(text ?? '').trim().slice(0, 120)}`

/** A sentence for each of the first bad rows, with the line that it stands on. */
async function badValues<Column extends string>(
  database: Database,
  part: string,
  { table, columns, lines }: Pick<Source<Column>, 'table' | 'columns' | 'lines'>,
  expected: readonly Expected<Column>[]
): Promise<{ line: number; sentence: string }[]> {
  const flags = expected.map(({ isBad }, place) => `coalesce(${isBad}, false) AS bad${place}`).join(', ')
  const rows = await database.rows(`SELECT rowid AS n, ${flags} FROM ${part} WHERE NOT (${isGood(expected)}) ORDER BY rowid LIMIT ${NAMED}`)
  const places = rows.map(({ n }) => n as string).join(', ')
  const texts = Object.entries(columns).map(([column, sql]) => `${sql as string} AS "${column}"`)
  const found = await database.rows(
    `SELECT * FROM (SELECT row_number() OVER () - 1 AS n, ${texts.join(', ')} FROM ${table}) WHERE n IN (${places})`
  )
  const standing = lines ? await database.rows(`SELECT n, line FROM ${lines.rows} WHERE n IN (${places})`) : []
  return rows.map(row => {
    const { column, words } = expected[expected.findIndex((_, place) => row[`bad${place}`] === 'true')]
    const text = found.find(({ n }) => n === row.n)?.[column]
    const line = Number(standing.find(({ n }) => n === row.n)?.line ?? Number(row.n) + 1)
    return { line, sentence: `${column}: expected ${words}, found ${text == null ? 'nothing' : JSON.stringify(text)}` }
  })
}

const BROKEN: Record<string, string> = {
  'NO OBJECT': 'expected an object in JSON on a line',
  'MISSING COLUMNS': 'expected as many columns as in other lines, found fewer',
  'TOO MANY COLUMNS': 'expected as many columns as in other lines, found more',
  'UNQUOTED VALUE': 'expected quotes around a whole value',
  'LINE SIZE OVER MAXIMUM': 'expected a shorter line: is a quote left open?',
  'INVALID ENCODING': 'expected UTF-8'
}
