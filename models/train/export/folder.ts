import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { encodeHistories } from '../../../src/recommender/model/histories.js'
import type { Columns } from '../../../src/recommender/model/items.js'
import { HISTORIES, ITEMS, MANIFEST } from '../../../src/recommender/model/files.js'
import { FORMAT, type Manifest, manifestSchema } from '../../../src/recommender/model/manifest.js'
import type { Factors } from './factors.js'
import { graph } from './graph.js'
import { inOrder, inverseOf, type RowLayout } from './layout.js'
import type { Movie } from '../data/movies.js'
import type { Ratings } from '../data/ratings.js'
import { counts, group } from '../data/sparse-rows.js'
import { inOrderOfTime } from '../data/ratings.js'
import type { Likes } from '../data/likes.js'
import { write } from './write.js'

/** What only the command knows about a model: its files do not say it. */
export type About = Pick<Manifest, 'created' | 'command' | 'data' | 'hyperparameters' | 'quality' | 'link'>

/** The contents of a folder. Items are numbered as in the ratings; the layout says which row each becomes. */
export interface Made {
  factors: Factors
  ratings: Ratings
  /** each rating that there is, rising, and what it weighs in a history */
  weights: Manifest['ratings']
  /** a rating of at least this is a like */
  like: number
  likes: Likes
  layout: RowLayout
  /** rows made for likeness, which `similar.onnx` ranks by; items are numbered as in the ratings */
  likeness?: Factors
  movies?: ReadonlyMap<string, Movie>
  /** whether to write who has watched what */
  histories: boolean
}

/**
 * Writes a version folder `…/NAME/VERSION`, whole or not at all: it is made beside its place and renamed at the end.
 *
 * @param check opens the folder before it gets its name; if it throws, nothing is left behind
 */
export async function writeModel(out: string, made: Made, about: About, check: (dir: string) => Promise<void>): Promise<void> {
  refusePlace(out)
  const beside = partOf(out, process.pid)
  let added: string | undefined
  try {
    added = await mkdir(beside, { recursive: true })
    const { factors, ratings, weights, like, layout, likeness, histories } = made
    const ordered = (rows: Factors): Factors => inOrder(rows, layout.rowOrder)
    const files: Record<string, Uint8Array> = {
      ...graph(ordered(factors), layout.blockEnds, likeness && ordered(likeness)),
      [ITEMS]: json(itemsOf(made))
    }
    if (histories) files[HISTORIES] = historiesOf(made)
    const manifest: Manifest = {
      format: FORMAT,
      name: basename(dirname(resolve(out))),
      version: basename(out),
      items: factors.items,
      order: false,
      linear: true,
      ratings: weights,
      liked: like,
      ...about,
      ...(histories && { histories: { users: ratings.userIds.length, pairs: ratings.user.length } }),
      files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]))
    }
    files[MANIFEST] = json(manifest, 2)
    for (const [name, bytes] of Object.entries(files)) await write(join(beside, name), bytes)
    await check(beside)
    await rename(beside, out)
  } catch (error) {
    // `added` is the first folder of the path that was not there before
    await rm(added ?? beside, { recursive: true, force: true })
    throw error
  }
}

/** Only the graph's files, for a model that is only measured. */
export async function writeGraph(dir: string, factors: Factors): Promise<void> {
  for (const [name, bytes] of Object.entries(graph(factors))) await write(join(dir, name), bytes)
}

/** Where a process makes the folder that it renames at the end. */
const partOf = (out: string, pid: number): string => `${resolve(out)}.${pid}.part`

/**
 * Removes what trainings of the same name left behind when they were killed.
 *
 * @returns a sentence for each folder that was there: removed, or left alone because its process still runs
 */
export async function removeLeftovers(out: string): Promise<string[]> {
  const dir = dirname(resolve(out))
  const pids = (await readdir(dir).catch(() => [])).flatMap(name => {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1]
    return pid && join(dir, name) === partOf(out, Number(pid)) ? [Number(pid)] : []
  })
  return Promise.all(
    pids.map(async pid => {
      const part = partOf(out, pid)
      // The number of this process is its own: in a container, a killed one had the same.
      if (pid !== process.pid && isRunning(pid)) return `left alone: ${part}, since process ${pid} still runs`
      await rm(part, { recursive: true })
      return `removed: ${part}, left by a training that was killed`
    })
  )
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It runs, but for somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** @throws Error when something is there already, since a version is never edited, or the path does not end in NAME/VERSION */
export function refusePlace(out: string): void {
  const { pattern, description } = manifestSchema.properties.name
  for (const name of [basename(dirname(resolve(out))), basename(out)]) {
    if (!new RegExp(pattern).test(name)) throw new Error(`${out}: expected …/NAME/VERSION, each ${description}; found "${name}"`)
  }
  if (existsSync(out)) throw new Error(`${out}: there is a model already, and a version is never edited: choose the next number`)
}

function itemsOf({ ratings, likes, layout: { rowOrder }, movies }: Made): Columns {
  const likers = counts(likes.byItem)
  const movieIds = Array.from(rowOrder, item => ratings.movieIds[item])
  const columns = { ids: movieIds, likes: Array.from(rowOrder, item => likers[item]) }
  if (!movies) return columns
  const known = movieIds.map((id): Movie => movies.get(id) ?? {})
  const titles = known.map(({ title = '' }) => title)
  return {
    ...columns,
    titles,
    years: known.map(({ year }, row) => year ?? yearOf(titles[row])),
    genres: known.map(({ genres = [] }) => genres),
    ...(known.some(({ imdb }) => imdb) && { imdb: known.map(({ imdb = '' }) => imdb) }),
    ...(known.some(({ tmdb }) => tmdb) && { tmdb: known.map(({ tmdb = '' }) => tmdb) })
  }
}

/** The year at the end of a title, `Heat (1995)`; 0 if there is none. */
const yearOf = (title: string): number => Number(/\((\d{4})\)\s*$/.exec(title)?.[1] ?? 0)

function historiesOf({ ratings, weights, layout: { rowOrder } }: Made): Uint8Array {
  const { userIds, user, item, rating } = ratings
  const row = inverseOf(rowOrder)
  const places = new Map(weights.map(({ value }, place) => [Math.fround(value), place]))
  const rated = Uint8Array.from(rating, value => places.get(value) ?? placeless(value))
  const index = inOrderOfTime(ratings)
  const { offsets, values } = group(
    userIds.length,
    user,
    item.map(item => row[item]),
    index
  )
  return encodeHistories({ userIds, offsets, rows: values, ratings: Uint8Array.from(group(userIds.length, user, rated, index).values) })
}

function placeless(rating: number): never {
  throw new Error(`expected a weight for every rating; there is none for ${rating}`)
}

function json(value: unknown, indent?: number): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, indent)}\n`)
}
