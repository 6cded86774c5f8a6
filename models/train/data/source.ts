import { basename } from 'node:path'
import { isHeader, type Names, type Places, placesInOrder, placesOf } from './column-names.js'
import { type Database, named, quoted } from './database.js'
import { type Scan, scan } from './scan.js'

/** A file as a table, and where in it the columns are that were asked for. */
export interface Source<Column extends string> {
  file: string
  /** SQL: a table with the columns `c0`, `c1` …, every value as text, one row for each line in their order */
  table: string
  /** SQL for the columns asked for */
  columns: Partial<Record<Column, string>>
  /** the names of these columns, where there is a header */
  header: Partial<Record<Column, string>>
  /** as a person reads it: `comma-separated, header: user = userId, item = movieId` */
  understood: string
  /** SQL for the physical lines of a text, with the column `l` */
  lines?: string
  /** how many lines come before the first row */
  before: number
}

/** What tells the delimiter where DuckDB would not see it. */
const DELIMITERS: Record<string, string> = { ',': 'comma', '\t': 'tab', ';': 'semicolon', '|': 'bar', '::': '::', ' ': 'blank' }

/**
 * Opens a file of any of the formats: CSV with any usual delimiter, with or without a header, JSON lines, JSON, Parquet,
 * blocks as of the Netflix Prize; packed with gzip or not.
 *
 * @param option of the command that names columns
 * @throws Error that names the file and what was expected
 */
export async function openSource<Column extends string>(
  database: Database,
  file: string,
  names: Names<Column>,
  given: Readonly<Record<string, string>>,
  option: string
): Promise<Source<Column>> {
  const scanned = await scan(file)
  try {
    if (scanned.kind !== 'text') return await openTyped(database, file, scanned, names, given, option)
    if (scanned.firstLine === '') throw new Error('expected a header and lines, found an empty file')
    if (/^\d+:$/.test(scanned.firstLine.trim())) return blocks(file, scanned)
    return await openText(database, file, scanned, names, given, option)
  } catch (error) {
    throw new Error(`${basename(file)}: ${sentenceOf(error as Error)}`, { cause: error })
  }
}

async function openTyped<Column extends string>(
  database: Database,
  file: string,
  { kind, isGzip }: Scan,
  names: Names<Column>,
  given: Readonly<Record<string, string>>,
  option: string
): Promise<Source<Column>> {
  const packed = isGzip ? ", compression = 'gzip'" : ''
  const reader = kind === 'parquet' ? `read_parquet(${pathOf(file)})` : `read_json(${pathOf(file)}${packed})`
  const found = (await database.rows(`DESCRIBE FROM ${reader}`)).map(({ column_name }) => column_name as string)
  // Texts stay as they are: DuckDB would read an id as a date or a UUID where it looks like one.
  const types = found.map(name => `${named(name)}: 'VARCHAR'`).join(', ')
  const texts = kind === 'parquet' ? reader : `read_json(${pathOf(file)}${packed}, columns = {${types}})`
  const columns = found.map((name, place) => `CAST(${named(name)} AS VARCHAR) AS c${place}`)
  const places = placesOf(found, names, given, option)
  return {
    file,
    table: `(SELECT ${columns.join(', ')} FROM ${texts})`,
    columns: mapped(places, place => `c${place}`),
    header: {},
    understood: `${kind === 'parquet' ? 'Parquet' : 'JSON'}: ${inWords(places, found)}`,
    before: 0
  }
}

async function openText<Column extends string>(
  database: Database,
  file: string,
  scanned: Scan,
  names: Names<Column>,
  given: Readonly<Record<string, string>>,
  option: string
): Promise<Source<Column>> {
  const { isGzip, encoding, firstLine, blankLines, isMixed } = scanned
  const common = `compression = '${isGzip ? 'gzip' : 'none'}', encoding = '${encoding}', strict_mode = ${!isMixed}`
  const sniffed = await sniff(database, file, common, firstLine)
  const reader = (header: boolean, count: number, more = ''): string =>
    `read_csv(${pathOf(file)}, auto_detect = false, delim = ${quoted(sniffed.delimiter)}, ${quotes(sniffed.delimiter)}, ` +
    `skip = ${blankLines}, header = ${header}, nullstr = chr(1), ${common}, columns = ${columnTypes(count)}${more})`
  const cells = Object.values((await database.rows(`FROM ${reader(false, sniffed.count, ', ignore_errors = true')} LIMIT 1`))[0] ?? {}).map(
    cell => (cell ?? '').replace(/^\uFEFF/, '').trim()
  )
  const header = isHeader(cells, names, given) || (sniffed.hasHeader && !areValues(cells))
  const numbered = Array.from(cells, (_, place) => String(place + 1))
  if (!header && cells.length < 2) throw new Error(`expected at least two columns, found one: ${firstLine.slice(0, 80)}`)
  if (!header && cells.length > Object.keys(names).length && Object.keys(given).length === 0)
    throw new Error(
      `expected a header, or ${Object.keys(names).length} columns at most, found ${cells.length}: say which is which, ${option} ${orderOf(names)}`
    )
  const places =
    header || Object.keys(given).length > 0 ? placesOf(header ? cells : numbered, names, given, option) : placesInOrder(cells.length, names)
  const packed = isGzip ? 'gzip, ' : ''
  const about = `${packed}${DELIMITERS[sniffed.delimiter] ?? sniffed.delimiter}-separated${encoding === 'latin-1' ? ', Latin-1' : ''}`
  return {
    file,
    table: reader(header, cells.length, ', store_rejects = true'),
    columns: mapped(places, place => `c${place}`),
    header: header ? mapped(places, place => cells[place]) : {},
    understood: `${about}, ${header ? 'header' : 'no header'}: ${inWords(places, header ? cells : numbered.map(place => `column ${place}`))}`,
    lines: linesOf(file, common),
    before: blankLines + Number(header)
  }
}

/** Delimiter, number of columns and whether there is a header. DuckDB does not look for `::`. */
async function sniff(
  database: Database,
  file: string,
  common: string,
  firstLine: string
): Promise<{ delimiter: string; count: number; hasHeader: boolean }> {
  if (firstLine.includes('::')) return { delimiter: '::', count: firstLine.split('::').length, hasHeader: false }
  const [{ Delimiter, HasHeader, Columns }] = await database.rows(
    `SELECT * FROM sniff_csv(${pathOf(file)}, all_varchar = true, ignore_errors = true, ${common})`
  )
  return { delimiter: Delimiter ?? ',', count: (JSON.parse(Columns as string) as unknown[]).length, hasHeader: HasHeader === 'true' }
}

/** The blocks of the Netflix Prize: `1:` and below it the ratings of movie 1, `user,rating,date`. */
function blocks<Column extends string>(file: string, { isGzip }: Scan): Source<Column> {
  const common = `compression = '${isGzip ? 'gzip' : 'none'}', encoding = 'utf-8'`
  const line = `read_csv(${pathOf(file)}, auto_detect = false, delim = ',', quote = '', header = false, null_padding = true, ${common}, columns = ${columnTypes(3)})`
  const item = `last_value(CASE WHEN c0 LIKE '%:' THEN rtrim(c0, ':') END IGNORE NULLS) OVER (ROWS UNBOUNDED PRECEDING)`
  return {
    file,
    table: `(SELECT c0, c1, c2, ${item} AS c3 FROM ${line} QUALIFY c0 NOT LIKE '%:')`,
    columns: { user: 'c0', rating: 'c1', time: 'c2', item: 'c3' } as Partial<Record<Column, string>>,
    header: {},
    understood: 'blocks as of the Netflix Prize: item above its lines of user, rating, time',
    before: 0
  }
}

const columnTypes = (count: number): string => `{${Array.from({ length: count }, (_, place) => `c${place}: 'VARCHAR'`).join(', ')}}`

/** DuckDB takes no quotes beside a delimiter of two characters that is not quoted in any data set either. */
const quotes = (delimiter: string): string => (delimiter === '::' ? "quote = ''" : `quote = '"', escape = '"'`)

const linesOf = (file: string, common: string): string =>
  `read_csv(${pathOf(file)}, auto_detect = false, delim = chr(1), quote = '', escape = '', header = false, ${common}, columns = {l: 'VARCHAR'})`

/** The path with what would be a pattern taken as it is. */
const pathOf = (file: string): string => quoted(file.replaceAll(/[[*?]/g, '[$&]'))

/** A first line with a number in it holds values: names of columns are none. */
const areValues = (cells: readonly string[]): boolean => cells.some(cell => cell !== '' && Number.isFinite(Number(cell)))

function mapped<Column extends string>(places: Places<Column>, to: (place: number) => string): Partial<Record<Column, string>> {
  const entries = Object.entries(places) as [Column, number][]
  return Object.fromEntries(entries.map(([column, place]) => [column, to(place)])) as Partial<Record<Column, string>>
}

const orderOf = (names: Names<string>): string =>
  Object.keys(names)
    .map((column, place) => `${column}=${place + 1}`)
    .join(',')

const inWords = (places: Places<string>, found: readonly string[]): string =>
  Object.entries(places)
    .map(([column, place]) => `${column} = ${found[place as number]}`)
    .join(', ')

/** What DuckDB says, without its advice on SQL. */
const sentenceOf = ({ message }: Error): string => message.replace(/^\w[\w ]* Error: /, '').split('\n')[0]
