import { basename } from 'node:path'
import { type Expected, ID, goodRows, isNoId, isNoMovieId, MOVIE_ID } from './bad-lines.js'
import { PERSON_COLUMNS, RATING_COLUMNS } from './column-names.js'
import { Database, quoted } from './database.js'
import { DECIMAL } from './ids.js'
import type { Ratings } from './ratings.js'
import { load, openSource, type Source } from './source.js'

type Column = keyof typeof RATING_COLUMNS

export interface ReadOptions {
  /** where columns are that have other names, or none: a name, or a number from 1 */
  columns?: Partial<Record<Column, string>>
  skipBadLines?: boolean
  /** whether it is a file of one person, which need not say who that is */
  person?: boolean
  threads?: number
  /** told what is understood, before the work, and what is left out */
  say?: (sentence: string) => void
}

const SECONDS = 'seconds since 1970 or a date'
/** Dates as people write them where they are neither seconds nor ISO 8601, as `strptime` has them. */
const DATES = ['%d-%b-%Y', '%m %d, %Y', '%Y/%m/%d', '%Y/%m/%d %H:%M:%S', '%b %d, %Y']
const ZONED = '%a %b %d %H:%M:%S %z %Y'

/** SQL of a time in seconds, whatever it is counted in: later than the year 5000, it is in milliseconds, and so on. */
const SECONDS_OF =
  '"time" / CASE WHEN abs("time") < 1e11 THEN 1 WHEN abs("time") < 1e14 THEN 1e3 WHEN abs("time") < 1e17 THEN 1e6 ELSE 1e9 END'

/** SQL of a column as it is kept, from the SQL of its text. */
const VALUES: Record<Column, (text: string) => string> = {
  user: text => `trim(${text})`,
  item: text => `trim(${text})`,
  rating: text => `coalesce(TRY_CAST(${text} AS DOUBLE), CASE lower(${text}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)`,
  time: text =>
    `coalesce(TRY_CAST(${text} AS DOUBLE), epoch(TRY_CAST(${text} AS TIMESTAMPTZ)), epoch(try_strptime(${text}, [${DATES.map(quoted).join(', ')}])), epoch(try_strptime(${text}, ${quoted(ZONED)})))`
}

/** What a file without such a column has instead. */
const ABSENT: Record<Column, string> = { user: "'somebody'", item: 'NULL', rating: '1', time: 'NULL' }

/**
 * Reads ratings of any of the formats of docs/data.md. Without a time, the order of the lines is the order in time. If a
 * user rated an item twice, the later rating counts.
 *
 * @returns the ratings, and whether there is a column of them; without one, each is a 1
 * @throws Error that names file, line, column and what was expected
 */
export async function readRatings(
  files: readonly string[],
  { columns = {}, skipBadLines = false, person = false, threads = 1, say = () => {} }: ReadOptions = {}
): Promise<Ratings & { isRated: boolean }> {
  return Database.with(threads, async database => {
    const names = person ? PERSON_COLUMNS : RATING_COLUMNS
    const sources: Source<Column>[] = []
    for (const file of files) sources.push(await openSource(database, file, { names, given: columns, option: '--columns' }))
    for (const { file, understood } of sources) say(`${basename(file)}: ${understood}`)
    agree(sources, 'rating')
    agree(sources, 'time')
    const parts: string[] = []
    let rows = 0
    for (const [place, source] of sources.entries()) {
      const part = `part${place}`
      parts.push(`SELECT rowid + ${rows} AS n, * FROM ${part} WHERE ${await loadPart(database, part, source, skipBadLines, say)}`)
      rows += await database.count(`SELECT count(*) FROM ${part}`)
    }
    await database.run(`CREATE VIEW entries AS ${parts.join(' UNION ALL ')}`)
    const userIds = await numbered(database, 'user', 'n')
    const movieIds = await numbered(database, 'item', 'TRY_CAST(id AS HUGEINT) NULLS LAST, id')
    if (userIds.length === 0) throw new Error(`${files.map(file => basename(file)).join(', ')}: expected at least one rating, found none`)
    return { userIds, movieIds, isRated: sources[0].columns.rating !== undefined, ...(await entriesOf(database, rows)) }
  })
}

function agree(sources: readonly Source<Column>[], column: Column): void {
  const without = sources.filter(({ columns }) => columns[column] === undefined)
  if (without.length > 0 && without.length < sources.length)
    throw new Error(`${basename(without[0].file)}: no column for ${column}, and other files have one: expected it in all files or in none`)
}

/** Reads a file into a table: @returns SQL that holds for its good rows */
async function loadPart(
  database: Database,
  part: string,
  source: Source<Column>,
  skipBadLines: boolean,
  say: (sentence: string) => void
): Promise<string> {
  const values = (Object.keys(VALUES) as Column[]).map(column => {
    const text = source.columns[column]
    return `${text === undefined ? ABSENT[column] : VALUES[column](text)} AS "${column}"`
  })
  await load(database, part, source, values.join(', '))
  const expected = await expectedOf(database, part, source)
  return goodRows(database, part, source, expected, { skipBadLines, say })
}

const IDS = [
  ['user', isNoId, ID],
  ['item', isNoMovieId, MOVIE_ID]
] as const

/** Ids are looked at once each: there are fewer than rows. */
async function expectedOf(database: Database, part: string, { columns, header }: Source<Column>): Promise<Expected<Column>[]> {
  const expected: Expected<Column>[] = []
  if (header.user && header.item) {
    const isBad = `("user" = ${quoted(header.user)} AND item = ${quoted(header.item)})`
    expected.push({ column: 'user', isBad, words: 'values, not the header once more' })
  }
  for (const [column, isNone, words] of IDS) {
    const bad = `bad_${column}_${part}`
    await database.run(`CREATE TABLE ${bad} AS SELECT id FROM (SELECT DISTINCT "${column}" AS id FROM ${part}) WHERE ${isNone('id')}`)
    if ((await database.count(`SELECT count(*) FROM ${bad}`)) === 0) continue
    expected.push({ column, isBad: `("${column}" IS NULL OR "${column}" IN (SELECT id FROM ${bad}))`, words })
  }
  for (const [column, words] of [
    ['rating', 'a number such as 4.5'],
    ['time', SECONDS]
  ] as const)
    if (columns[column]) expected.push({ column, isBad: `("${column}" IS NULL OR NOT isfinite("${column}"))`, words })
  return expected
}

/**
 * Numbers the ids of a column into a table `users` or `items`.
 *
 * @returns the ids, in order
 */
async function numbered(database: Database, column: 'user' | 'item', order: string): Promise<string[]> {
  await database.run(
    `CREATE TABLE ${column}s AS SELECT id, CAST(row_number() OVER (ORDER BY ${order}) - 1 AS INTEGER) AS place
     FROM (SELECT "${column}" AS id, min(n) AS n FROM entries GROUP BY id)`
  )
  const ids = (await database.rows(`SELECT id FROM ${column}s ORDER BY place`)).map(({ id }) => id as string)
  return wholeNumbers(ids, column)
}

/** Without the `.0` of a column of whole numbers that was kept as one of decimal numbers. */
export function wholeNumbers(ids: string[], column: string): string[] {
  const decimal = ids.filter(id => DECIMAL.test(id))
  if (decimal.length === 0) return ids
  const other = ids.find(id => !DECIMAL.test(id))
  if (other !== undefined)
    throw new Error(
      `${column}: expected all ids to end in .0 or none, found "${decimal[0]}" and "${other}": write the ids as whole numbers`
    )
  return ids.map(id => id.slice(0, -2))
}

/** Every rating that counts, in the order of the lines: of two for the same item, the later. */
async function entriesOf(database: Database, rows: number): Promise<Entries> {
  await database.run(
    `CREATE TABLE ratings AS SELECT n, users.place AS u, items.place AS i, CAST(rating AS FLOAT) AS rating, coalesce(${SECONDS_OF}, n + 1) AS seconds
     FROM entries JOIN users ON users.id = "user" JOIN items ON items.id = item`
  )
  await database.run('CREATE TABLE repeats AS SELECT u, i FROM ratings GROUP BY u, i HAVING count(*) > 1')
  const replaced =
    'SELECT n FROM ratings SEMI JOIN repeats USING (u, i) QUALIFY row_number() OVER (PARTITION BY u, i ORDER BY seconds DESC, n DESC) > 1'
  await database.run(`DELETE FROM ratings WHERE n IN (${replaced})`)
  return compact(await columnsOf(database, rows))
}

type Entries = Pick<Ratings, 'user' | 'item' | 'rating' | 'timestamp'>

/** Each rating in the place of its line: to sort them in DuckDB takes more memory than they do. The user of a line without one is -1. */
async function columnsOf(database: Database, rows: number): Promise<Entries> {
  const user = new Int32Array(rows).fill(-1)
  const item = new Int32Array(rows)
  const rating = new Float32Array(rows)
  const timestamp = new Float64Array(rows)
  const columns = [user, item, rating, timestamp]
  const result = await database.connection.stream('SELECT CAST(n AS INTEGER), u, i, rating, seconds FROM ratings')
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const places = chunk.getColumnValues(0) as number[]
    for (const [at, column] of columns.entries()) {
      const values = chunk.getColumnValues(at + 1) as number[]
      for (let i = 0; i < places.length; i++) column[places[i]] = values[i]
    }
  }
  return { user, item, rating, timestamp }
}

/** Closes the gaps, in place: a copy would take as much memory again. */
function compact({ user, item, rating, timestamp }: Entries): Entries {
  let count = 0
  for (let at = 0; at < user.length; at++) {
    if (user[at] < 0) continue
    for (const column of [user, item, rating, timestamp]) column[count] = column[at]
    count++
  }
  return {
    user: user.subarray(0, count),
    item: item.subarray(0, count),
    rating: rating.subarray(0, count),
    timestamp: timestamp.subarray(0, count)
  }
}
