import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export type Row = Record<string, string | null>

/** DuckDB in a folder of its own, so that more ratings than memory has room for go to disk. Rows keep their order. */
export class Database {
  #files = 0

  private constructor(
    readonly connection: DuckDBConnection,
    readonly dir: string
  ) {}

  /** Opens one for as long as `use` takes. */
  static async with<Result>(threads: number, use: (database: Database) => Promise<Result>): Promise<Result> {
    const dir = await mkdtemp(join(tmpdir(), 'ratings-'))
    try {
      const instance = await DuckDBInstance.create(join(dir, 'ratings.duckdb'), {
        memory_limit: '900MB',
        threads: String(threads),
        temp_directory: dir,
        autoinstall_known_extensions: 'false'
      })
      const connection = await instance.connect()
      await connection.run("SET TimeZone = 'UTC'")
      // The file goes with its folder: to write all of it at the end would take seconds.
      await connection.run('PRAGMA disable_checkpoint_on_shutdown')
      try {
        return await use(new Database(connection, dir))
      } finally {
        connection.closeSync()
        instance.closeSync()
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }

  /** A path for a file that goes when the database does. */
  temporaryFile(): string {
    return join(this.dir, `file-${++this.#files}`)
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  /** The rows of a small answer, every value as text. */
  async rows(sql: string): Promise<Row[]> {
    const rows = (await this.connection.runAndReadAll(sql)).getRowObjectsJson()
    return rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])))
  }

  async count(sql: string): Promise<number> {
    return Number(Object.values((await this.rows(sql))[0])[0])
  }
}

const textOf = (value: unknown): string | null =>
  value === null || typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** A text as SQL has it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A column's name as SQL has it. */
export const named = (name: string): string => `"${name.replaceAll('"', '""')}"`
