import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { encodeHistories } from '../../../src/recommender/model/histories.js'
import type { Columns } from '../../../src/recommender/model/items.js'
import { HISTORIES, ITEMS, MANIFEST } from '../../../src/recommender/model/files.js'
import { FORMAT, type Manifest, manifestSchema, sha256 } from '../../../src/recommender/model/manifest.js'
import type { Factors } from './factors.js'
import type { FilmMap } from '../model/map.js'
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

/** What the graphs of a folder are, as its manifest says it. */
export type Terms = Pick<Manifest, 'order' | 'linear' | 'pad' | 'maxHistory'>

/** The contents of a folder beside its graphs. Items are numbered as in the ratings; the row order says which row each becomes. */
export interface Contents {
  ratings: Ratings
  /** each rating that there is, rising, and what it weighs in a history */
  weights: Manifest['ratings']
  /** a rating of at least this is a like */
  like: number
  likes: Likes
  rowOrder: Int32Array
  /** where each lies on a picture of all */
  map?: FilmMap
  movies?: ReadonlyMap<string, Movie>
  /** whether to write who has watched what */
  histories: boolean
}

/** A folder's contents with the factors that its graphs are made of. */
export interface Made extends Omit<Contents, 'rowOrder'> {
  factors: Factors
  layout: RowLayout
  /** rows made for likeness, which `similar.onnx` ranks by; items are numbered as in the ratings */
  likeness?: Factors
}

/** Writes the folder of a model of factors. */
export async function writeModel(out: string, made: Made, about: About, check: (dir: string) => Promise<void>): Promise<void> {
  const { factors, layout, likeness } = made
  const ordered = (rows: Factors): Factors => inOrder(rows, layout.rowOrder)
  const writeGraphs = (dir: string): Promise<string[]> =>
    writeFiles(dir, graph(ordered(factors), layout.blockEnds, likeness && ordered(likeness)))
  await writeFolder(out, writeGraphs, { order: false, linear: true }, { ...made, rowOrder: layout.rowOrder }, about, check)
}

/**
 * Writes a version folder `…/NAME/VERSION`, whole or not at all: it is made beside its place and renamed at the end.
 *
 * @param writeGraphs writes the files of the graphs into a folder, and gives their names
 * @param check opens the folder before it gets its name; if it throws, nothing is left behind
 */
export async function writeFolder(
  out: string,
  writeGraphs: (dir: string) => Promise<string[]>,
  terms: Terms,
  contents: Contents,
  about: About,
  check: (dir: string) => Promise<void>
): Promise<void> {
  refusePlace(out)
  const beside = partOf(out, process.pid)
  let added: string | undefined
  try {
    added = await mkdir(beside, { recursive: true })
    const { ratings, weights, like, rowOrder, histories } = contents
    const names = [
      ...(await writeGraphs(beside)),
      ...(await writeFiles(beside, { [ITEMS]: json(itemsOf(contents)), ...(histories && { [HISTORIES]: historiesOf(contents) }) }))
    ]
    const sums = await Promise.all(names.map(async name => [name, await sha256(join(beside, name))]))
    const manifest: Manifest = {
      format: FORMAT,
      name: basename(dirname(resolve(out))),
      version: basename(out),
      items: rowOrder.length,
      ...terms,
      ratings: weights,
      liked: like,
      ...about,
      ...(histories && { histories: { users: ratings.userIds.length, pairs: ratings.user.length } }),
      files: Object.fromEntries(sums)
    }
    await write(join(beside, MANIFEST), json(manifest, 2))
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
  await writeFiles(dir, graph(factors))
}

/** @returns their names */
export async function writeFiles(dir: string, files: Record<string, Uint8Array>): Promise<string[]> {
  for (const [name, bytes] of Object.entries(files)) await write(join(dir, name), bytes)
  return Object.keys(files)
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

function itemsOf({ ratings, likes, rowOrder, movies, map }: Contents): Columns {
  const likers = counts(likes.byItem)
  const inRows = <Value>(column: ArrayLike<Value>): Value[] => Array.from(rowOrder, item => column[item])
  const movieIds = inRows(ratings.movieIds)
  const columns = { ids: movieIds, likes: inRows(likers), ...(map && { map: { x: inRows(map.x), y: inRows(map.y) } }) }
  if (!movies) return columns
  const known = movieIds.map((id): Movie => movies.get(id) ?? {})
  const titles = known.map(({ title = '' }) => title)
  return {
    ...columns,
    titles,
    years: known.map(({ year }, row) => year ?? yearOf(titles[row])),
    genres: known.map(({ genres = [] }) => genres),
    ...(known.some(({ imdb }) => imdb) && { imdb: known.map(({ imdb = null }) => imdb) }),
    ...(known.some(({ tmdb }) => tmdb) && { tmdb: known.map(({ tmdb = null }) => tmdb) })
  }
}

/** The year at the end of a title, `Heat (1995)`; 0 if there is none. */
const yearOf = (title: string): number => Number(/\((\d{4})\)\s*$/.exec(title)?.[1] ?? 0)

function historiesOf({ ratings, weights, rowOrder }: Contents): Uint8Array {
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
