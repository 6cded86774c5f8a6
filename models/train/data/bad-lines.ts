import { basename } from 'node:path'
import { type Database, type Row, quoted } from './database.js'
import type { Source } from './source.js'

/** How many bad lines are named. The others are counted. */
const NAMED = 20

/** What stands in for a value that is missing, where it is not empty. */
const MISSING = ['', 'NaN', 'nan', 'NULL', 'null', 'None', 'NA', '\\N'].map(quoted).join(', ')

/** SQL that holds for an id that is none: control characters would end its line in the histories. */
export const isNoId = (id: string): string =>
  `(${id} IS NULL OR ${id} IN (${MISSING}) OR strlen(${id}) > 200 OR regexp_matches(${id}, '\\p{Cc}'))`

export const ID = 'an id of 1 to 200 bytes without control characters'

/** What a column's values must be: SQL that holds for a bad row, and words. */
export interface Expected<Column extends string> {
  column: Column
  isBad: string
  words: string
}

/** SQL that holds for every row that is as expected. */
export const isGood = (expected: readonly Expected<string>[]): string =>
  `NOT coalesce(${['false', ...expected.map(({ isBad }) => isBad)].join(' OR ')}, false)`

/**
 * Looks for the lines of a source that cannot be taken: cut ones, which DuckDB left out, and rows with a bad value.
 *
 * @param part the table that the source was read into, with all its rows in order
 * @returns a sentence for each of the first twenty, the count of all last; none if there are no bad lines
 */
export async function badLines<Column extends string>(
  database: Database,
  part: string,
  source: Source<Column>,
  expected: readonly Expected<Column>[]
): Promise<string[]> {
  const isBad = `NOT (${isGood(expected)})`
  const cut = source.lines === undefined ? [] : await cutLines(database)
  const count = cut.length + (await database.count(`SELECT count(*) FROM ${part} WHERE ${isBad}`))
  if (count === 0) return []
  const flags = expected.map(({ isBad }, place) => `coalesce(${isBad}, false) AS bad${place}`).join(', ')
  const rows = await database.rows(`SELECT rowid AS n, ${flags} FROM ${part} WHERE ${isBad} ORDER BY rowid LIMIT ${NAMED}`)
  const places = rows.map(({ n }) => n as string)
  const { ofRow, ofCut } = await physicalLines(
    database,
    source,
    places,
    cut.slice(0, NAMED).map(({ line }) => line)
  )
  const found = await textsOf(database, source, places)
  const named = rows.map(row => {
    const { column, words } = expected[expected.findIndex((_, place) => row[`bad${place}`] === 'true')]
    const text = found.get(row.n as string)?.[column]
    const line = ofRow.get(row.n as string) ?? Number(row.n) + 1 + source.before
    return { line, sentence: `${column}: expected ${words}, found ${text == null ? 'nothing' : JSON.stringify(text)}` }
  })
  const sentences = [...cut.slice(0, NAMED).map(({ line, sentence }) => ({ line: ofCut.get(line) ?? line, sentence })), ...named]
    .sort((a, b) => a.line - b.line)
    .map(({ line, sentence }) => `${basename(source.file)}:${line}: ${sentence}`)
  return [
    ...sentences.slice(0, NAMED),
    count === 1 ? '1 bad line' : `${count} bad lines${count > NAMED ? `, of which the first ${NAMED} are named` : ''}`
  ]
}

/** The lines that DuckDB left out of its last reading: too few columns, too many, quotes that do not match. Blanks and Ctrl-Z are no lines. */
async function cutLines(database: Database): Promise<{ line: number; sentence: string }[]> {
  const rows = await database.rows(
    `SELECT line, any_value(error_type) AS error, any_value(csv_line) AS text FROM reject_errors GROUP BY line ORDER BY line`
  )
  return rows
    .filter(({ text }) => (text ?? '').replaceAll('\u001a', '').trim() !== '')
    .map(({ line, error, text }) => ({
      line: Number(line),
      sentence: `${CUT[error as string] ?? error}: ${(text ?? '').trim().slice(0, 120)}`
    }))
}

const CUT: Record<string, string> = {
  'MISSING COLUMNS': 'expected as many columns as in other lines, found fewer',
  'TOO MANY COLUMNS': 'expected as many columns as in other lines, found more',
  'UNQUOTED VALUE': 'expected quotes around a whole value',
  'LINE SIZE OVER MAXIMUM': 'expected a shorter line: is a quote left open?',
  'INVALID ENCODING': 'expected UTF-8'
}

/**
 * The physical lines of rows, by number, and of records that DuckDB left out, by its own count. That takes a quoted value
 * over several lines for one, and rows are counted without blank lines.
 */
async function physicalLines(
  database: Database,
  { lines, before }: Source<string>,
  rows: readonly string[],
  cut: readonly number[]
): Promise<{ ofRow: Map<string, number>; ofCut: Map<number, number> }> {
  if (lines === undefined || rows.length + cut.length === 0) return { ofRow: new Map(), ofCut: new Map() }
  const found = await database.rows(
    `WITH physical AS (SELECT row_number() OVER () AS line, l, length(l) - length(replace(l, '"', '')) AS quotes FROM ${lines}),
     quoted AS (SELECT line, l, coalesce(sum(quotes) OVER (ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS open FROM physical),
     records AS (SELECT line, l, row_number() OVER (ORDER BY line) AS record FROM quoted WHERE open % 2 = 0),
     numbered AS (SELECT line, row_number() OVER (ORDER BY line) - 1 AS n FROM records
       WHERE l <> '' AND record > ${before} AND record NOT IN (SELECT line FROM reject_errors))
     SELECT 'row' AS kind, n, line FROM numbered WHERE n IN (${['-1', ...rows].join(', ')})
     UNION ALL SELECT 'cut', record, line FROM records WHERE record IN (${[-1, ...cut].join(', ')})`
  )
  const of = (kind: string): string[][] => found.filter(row => row.kind === kind).map(({ n, line }) => [n as string, line as string])
  return {
    ofRow: new Map(of('row').map(([n, line]) => [n, Number(line)])),
    ofCut: new Map(of('cut').map(([record, line]) => [Number(record), Number(line)]))
  }
}

/** What stood in the columns of these rows. */
async function textsOf(database: Database, { table, columns }: Source<string>, rows: readonly string[]): Promise<Map<string, Row>> {
  if (rows.length === 0) return new Map()
  const texts = Object.entries(columns).map(([column, sql]) => `${sql} AS "${column}"`)
  const found = await database.rows(
    `SELECT * FROM (SELECT row_number() OVER () - 1 AS n, ${texts.join(', ')} FROM ${table}) WHERE n IN (${rows.join(', ')})`
  )
  return new Map(found.map(row => [row.n as string, row]))
}
