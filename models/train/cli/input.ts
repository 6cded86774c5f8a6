import { createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { pairs } from './parsers.js'
import { RATING_COLUMNS } from '../data/column-names.js'
import { Database, quoted } from '../data/database.js'
import type { Ratings } from '../data/ratings.js'
import { readRatings } from '../data/read-ratings.js'
import { rounded } from '../data/scale.js'
import { sha256Of } from '../data/scan.js'
import { likeFor, told } from '../data/threshold.js'

/** Where ratings come from: options that all commands share. */
export interface InputOptions {
  ratings: string[]
  columns?: Record<string, string>
  skipBadLines?: boolean
  /** a rating of at least this is a like; if not given, the data decides */
  like?: number
  threads: number
}

export interface Input {
  ratings: Ratings
  like: number
  /** of the bytes of all files, one after the other */
  sha256: string
  /** names of the files, for people */
  name: string
}

/** @param isRequired whether nothing can be done without ratings */
export const addInput = (command: Command, isRequired = true): Command =>
  command
    .addOption(
      new Option(
        '--ratings <file>',
        'CSV, JSON lines or Parquet, gzip too, `-` for standard input; may be repeated, and may be a pattern: docs/data.md'
      )
        .argParser((file: string, files: string[] = []) => [...files, file])
        .makeOptionMandatory(isRequired)
    )
    .option(
      '--columns <list>',
      'where columns are: user=…,item=…,rating=…,time=…, by name or by number',
      pairs(Object.keys(RATING_COLUMNS))
    )
    .option('--skip-bad-lines', 'leave out lines that cannot be read, and say which')

/** Reads the ratings, and says what they are before anything is done with them. */
export async function readInput(options: InputOptions, say: (sentence: string) => void): Promise<Input> {
  const { columns, skipBadLines, threads } = options
  return withFiles(options.ratings, async files => {
    const read = await readRatings(files, { columns, skipBadLines, threads, say })
    const { ratings, note } = rounded(read)
    if (note) say(note)
    const chosen = likeFor(ratings, options.like)
    for (const sentence of told(ratings, chosen)) say(sentence)
    return { ratings, like: chosen.like, sha256: await sha256Of(files), name: options.ratings.map(nameOf).join(' ') }
  })
}

/** The options that read the same ratings again, without anything of this machine. */
export const inputArguments = ({ ratings, columns, skipBadLines }: InputOptions): string[] => [
  ...ratings.map(file => `--ratings ${shellWord(nameOf(file))}`),
  ...(columns ? [`--columns ${pairsText(columns)}`] : []),
  ...(skipBadLines ? ['--skip-bad-lines'] : [])
]

/** `user=a,item=b`, as a shell takes it. */
export const pairsText = (pairs: Record<string, string>): string =>
  shellWord(
    Object.entries(pairs)
      .map(pair => pair.join('='))
      .join(',')
  )

const nameOf = (file: string): string => (file === '-' ? file : basename(file))
const shellWord = (text: string): string => (/^[\w./:=,-]+$/.test(text) ? text : JSON.stringify(text))

/** Patterns become the files they stand for, and standard input a file for as long as `use` takes. */
export async function withFiles<Result>(patterns: readonly string[], use: (files: string[]) => Promise<Result>): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'input-'))
  try {
    const files: string[] = []
    for (const pattern of patterns) {
      if (pattern !== '-') files.push(...(await filesOf(pattern)))
      else {
        const copy = join(dir, 'standard input')
        await pipeline(process.stdin, createWriteStream(copy))
        files.push(copy)
      }
    }
    return await use(files)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function filesOf(pattern: string): Promise<string[]> {
  if (existsSync(pattern) || !/[*?[]/.test(pattern)) return [pattern]
  const rows = await Database.with(1, database => database.rows(`SELECT file FROM glob(${quoted(pattern)}) ORDER BY file`))
  if (rows.length === 0) throw new Error(`${pattern}: there is no such file`)
  return rows.map(({ file }) => file as string)
}
