import { basename } from 'node:path'
import { isHeader, type Names, type Places, placesInOrder, placesOf, type Wanted } from './column-names.js'
import { type Database, named, quoted } from './database.js'
import { csvLines, type Lines, plainLines } from './lines.js'
import { type Scan, scan, writeAsUtf8 } from './scan.js'

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
  /** of a text: which line each row stands on */
  lines?: Lines
}

/** What tells the delimiter where DuckDB would not see it. */
const DELIMITERS: Record<string, string> = { ',': 'comma', '\t': 'tab', ';': 'semicolon', '|': 'bar', '::': '::', ' ': 'blank' }

/**
 * Opens a file of any of the formats: CSV with any usual delimiter, with or without a header, JSON lines, JSON, Parquet,
 * blocks as of the Netflix Prize; packed with gzip or not.
 *
 * @throws Error that names the file and what was expected
 */
export async function openSource<Column extends string>(database: Database, file: string, wanted: Wanted<Column>): Promise<Source<Column>> {
  const scanned = await scan(file)
  try {
    const source = await open(database, file, scanned, wanted)
    return { ...source, file }
  } catch (error) {
    throw unreadable(file, error as Error)
  }
}

/** Makes a table of what `select` takes out of a source. @throws Error that names the file */
export async function load(database: Database, table: string, source: Source<string>, select: string): Promise<void> {
  await database.run('DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans')
  try {
    await database.run(`CREATE TABLE ${table} AS SELECT ${select} FROM ${source.table}`)
  } catch (error) {
    throw unreadable(source.file, error as Error)
  }
}

type Opened<Column extends string> = Omit<Source<Column>, 'file'>

async function open<Column extends string>(
  database: Database,
  file: string,
  scanned: Scan,
  wanted: Wanted<Column>
): Promise<Opened<Column>> {
  if (scanned.kind === 'parquet') return openTyped(database, 'Parquet', `read_parquet(${pathOf(file)})`, wanted)
  const text = scanned.encoding === 'utf-8' ? { file, scanned } : await asUtf8(database, file, scanned)
  const first = text.scanned.firstLine.trim()
  if (first === '') throw new Error('expected a header and lines, found an empty file')
  if (scanned.kind === 'json') {
    if (first.startsWith('{') && first.length > 1) return openJsonLines(database, text.file, text.scanned, wanted)
    const packed = text.scanned.isGzip ? ", compression = 'gzip'" : ''
    return openTyped(database, 'JSON', `read_json(${pathOf(text.file)}${packed})`, wanted)
  }
  if (/^\d+:$/.test(first)) return openBlocks(text.file, text.scanned)
  return openText(database, text.file, text.scanned, wanted)
}

/** A copy in UTF-8: DuckDB's Latin-1 has no typographic quotes, which Windows' has. */
async function asUtf8(database: Database, file: string, scanned: Scan): Promise<{ file: string; scanned: Scan }> {
  const copy = database.temporaryFile()
  await writeAsUtf8(file, scanned, copy)
  return { file: copy, scanned: { ...scanned, isGzip: false } }
}

/** Parquet, and JSON that is not one object on each line: DuckDB knows the columns. */
async function openTyped<Column extends string>(
  database: Database,
  format: 'Parquet' | 'JSON',
  reader: string,
  wanted: Wanted<Column>
): Promise<Opened<Column>> {
  const found = (await database.rows(`DESCRIBE FROM ${reader}`)).map(({ column_name }) => column_name as string)
  // Texts stay as they are: DuckDB would read an id as a date or a UUID where it looks like one.
  const types = found.map(name => `${named(name)}: 'VARCHAR'`).join(', ')
  const texts = format === 'Parquet' ? reader : reader.replace(/\)$/, `, columns = {${types}})`)
  const columns = found.map((name, place) => `CAST(${named(name)} AS VARCHAR) AS c${place}`)
  const places = placesOf(found, wanted)
  return {
    table: `(SELECT ${columns.join(', ')} FROM ${texts})`,
    columns: mapped(places, place => `c${place}`),
    header: {},
    understood: `${format}: ${inWords(places, found)}`
  }
}

/** How many lines of JSON are looked at for the names of columns: an object may lack some. */
const LOOKED_AT = 1000

/** An object on each line. */
async function openJsonLines<Column extends string>(
  database: Database,
  file: string,
  { isGzip, firstLine }: Scan,
  wanted: Wanted<Column>
): Promise<Opened<Column>> {
  const lines = `(SELECT ltrim(l, chr(65279)) AS l FROM ${linesOf(file, commonOf(isGzip))})`
  const isObject = "CASE WHEN json_valid(l) THEN json_type(l) = 'OBJECT' ELSE false END"
  const keys = await database.rows(`SELECT unnest(json_keys(l)) AS key FROM (FROM ${lines} WHERE ${isObject} LIMIT ${LOOKED_AT})`)
  const found = [...new Set(keys.map(({ key }) => key as string))]
  if (found.length === 0) throw new Error(`expected an object in JSON on each line, found none, but ${firstLine.slice(0, 80)}`)
  const columns = found.map((name, place) => `json_extract_string(l, ${quoted(pointerOf(name))}) AS c${place}`)
  const places = placesOf(found, wanted)
  return {
    table: `(SELECT ${columns.join(', ')} FROM ${lines} WHERE ${isObject})`,
    columns: mapped(places, place => `c${place}`),
    header: {},
    understood: `${isGzip ? 'gzip, ' : ''}JSON lines: ${inWords(places, found)}`,
    lines: plainLines(lines, { isNone: "trim(l) = ''", error: `CASE WHEN NOT ${isObject} THEN 'NO OBJECT' END` })
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
const pointerOf = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

async function openText<Column extends string>(
  database: Database,
  file: string,
  scanned: Scan,
  wanted: Wanted<Column>
): Promise<Opened<Column>> {
  const { names, given, option } = wanted
  const { isGzip, encoding, firstLine, blankLines, isMixed } = scanned
  const common = commonOf(isGzip, isMixed)
  const sniffed = await sniff(database, file, common, firstLine, wanted)
  const reader = (header: boolean, count: number, more = ''): string =>
    `read_csv(${pathOf(file)}, auto_detect = false, delim = ${quoted(sniffed.delimiter)}, ${quotes(sniffed.delimiter)}, ` +
    `skip = ${blankLines}, header = ${header}, nullstr = chr(1), ${common}, columns = ${columnTypes(count)}${more})`
  const cells = Object.values((await database.rows(`FROM ${reader(false, sniffed.count, ', ignore_errors = true')} LIMIT 1`))[0] ?? {}).map(
    cell => (cell ?? '').replace(/^\uFEFF/, '').trim()
  )
  if (sniffed.count > 1 && !firstLine.includes(sniffed.delimiter))
    throw new Error(`expected ${sniffed.count} columns in the first line, as below it, found one: leave out "${firstLine.slice(0, 80)}"`)
  const header = isHeader(cells, names, given) || (sniffed.hasHeader && !areValues(cells))
  const numbered = Array.from(cells, (_, place) => String(place + 1))
  if (!header && cells.length < 2) throw new Error(`expected at least two columns, found one: ${firstLine.slice(0, 80)}`)
  if (!header && cells.length > Object.keys(names).length && Object.keys(given).length === 0)
    throw new Error(
      `expected a header, or ${Object.keys(names).length} columns at most, found ${cells.length}: say which is which, ${option} ${orderOf(names)}`
    )
  const places = header || Object.keys(given).length > 0 ? placesOf(header ? cells : numbered, wanted) : placesInOrder(cells.length, names)
  const packed = isGzip ? 'gzip, ' : ''
  const about = `${packed}${DELIMITERS[sniffed.delimiter] ?? sniffed.delimiter}-separated${encoding === 'latin-1' ? ', Latin-1' : ''}`
  return {
    table: reader(header, cells.length, ', store_rejects = true'),
    columns: mapped(places, place => `c${place}`),
    header: header ? mapped(places, place => cells[place]) : {},
    understood: `${about}, ${header ? 'header' : 'no header'}: ${inWords(places, header ? cells : numbered.map(place => `column ${place}`))}`,
    lines: csvLines(linesOf(file, common), blankLines + Number(header))
  }
}

/** Delimiter, number of columns and whether there is a header. DuckDB looks neither for `::` nor for blanks. */
async function sniff(
  database: Database,
  file: string,
  common: string,
  firstLine: string,
  { names, given }: Wanted<string>
): Promise<{ delimiter: string; count: number; hasHeader: boolean }> {
  if (firstLine.includes('::')) return { delimiter: '::', count: firstLine.split('::').length, hasHeader: false }
  const [{ Delimiter, HasHeader, Columns }] = await database.rows(
    `SELECT * FROM sniff_csv(${pathOf(file)}, all_varchar = true, ignore_errors = true, ${common})`
  )
  const count = (JSON.parse(Columns as string) as unknown[]).length
  const words = firstLine.trim().split(' ')
  const isTable = words.length > 1 && (areValues(words) || isHeader(words, names, given))
  if (count === 1 && isTable) return { delimiter: ' ', count: words.length, hasHeader: false }
  return { delimiter: Delimiter ?? ',', count, hasHeader: HasHeader === 'true' }
}

/** The blocks of the Netflix Prize: `1:` and below it the ratings of movie 1, `user,rating,date`. */
function openBlocks<Column extends string>(file: string, { isGzip }: Scan): Opened<Column> {
  const lines = `(SELECT rtrim(l) AS l FROM ${linesOf(file, commonOf(isGzip))})`
  const isNone = "(l = '' OR l LIKE '%:')"
  const error = `CASE WHEN len(string_split(l, ',')) < 3 THEN 'MISSING COLUMNS' WHEN len(string_split(l, ',')) > 3 THEN 'TOO MANY COLUMNS' END`
  const item = `last_value(CASE WHEN l LIKE '%:' THEN rtrim(l, ':') END IGNORE NULLS) OVER (ROWS UNBOUNDED PRECEDING)`
  const cells = [1, 2, 3].map(place => `split_part(l, ',', ${place}) AS c${place - 1}`)
  return {
    table: `(SELECT ${cells.join(', ')}, c3 FROM (SELECT l, ${item} AS c3 FROM ${lines}) WHERE NOT ${isNone} AND (${error}) IS NULL)`,
    columns: { user: 'c0', rating: 'c1', time: 'c2', item: 'c3' } as Partial<Record<Column, string>>,
    header: {},
    understood: 'blocks as of the Netflix Prize: item above its lines of user, rating, time',
    lines: plainLines(lines, { isNone, error })
  }
}

/** What DuckDB is told of every text. */
const commonOf = (isGzip: boolean, isMixed = false): string =>
  `compression = '${isGzip ? 'gzip' : 'none'}', encoding = 'utf-8', strict_mode = ${!isMixed}`

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

/** `user=1,item=2`: the columns that there must be. */
const orderOf = (names: Names<string>): string =>
  Object.keys(names)
    .filter(column => !names[column].isOptional)
    .map((column, place) => `${column}=${place + 1}`)
    .join(',')

const inWords = (places: Places<string>, found: readonly string[]): string =>
  Object.entries(places)
    .map(([column, place]) => `${column} = ${found[place as number]}`)
    .join(', ')

/** What DuckDB says of files that are cut off or damaged, in its words and in ours. */
const DAMAGED: [said: RegExp, sentence: string][] = [
  [
    /malformed json.* in (?:line|record\/value) (\d+)/is,
    'expected JSON, a list of objects or one on each line, found some that is broken near entry $1'
  ],
  [/malformed json/i, 'expected JSON, a list of objects or one on each line, found some that is broken'],
  [/magic bytes|parquet|thrift/i, 'expected Parquet, found a file that is cut off or damaged']
]

/** An error that names the file, without advice on SQL and paths. */
function unreadable(file: string, cause: Error): Error {
  const damaged = DAMAGED.find(([said]) => said.test(cause.message))
  const message = cause.message.replace(/^\w[\w ]* Error: /, '').split('\n')[0]
  const sentence = damaged && isOfDuckDB(cause) ? damaged[1].replace('$1', damaged[0].exec(cause.message)?.[1] ?? '') : message
  return new Error(`${basename(file)}: ${sentence}`, { cause })
}

const isOfDuckDB = ({ message }: Error): boolean => /^\w[\w ]* Error: /.test(message)
