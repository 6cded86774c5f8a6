import { basename, dirname, resolve } from 'node:path'
import { aboutArguments, type AboutOptions, moviesOf } from '../cli/about.js'
import { inputArguments, type InputOptions } from '../cli/input.js'
import { smokeTest } from '../cli/smoke-test.js'
import { likesAlone, likesOf } from '../data/likes.js'
import { type About, refusePlace, removeLeftovers, writeFolder } from '../export/folder.js'
import { readIds } from './ids.js'
import { readItemFactors } from './item-factors.js'
import { readItemMatrix } from './item-matrix.js'
import { type FoldIn, meanLikes, type Packed, packFactors, packGraph, packMatrix } from './packed.js'
import { type ModelRatings, ratingsOf } from './ratings-of.js'

/** The options of `npm run pack`. */
export interface PackOptions extends Omit<InputOptions, 'ratings'>, AboutOptions, Pick<FoldIn, 'foldIn'>, Partial<Omit<FoldIn, 'foldIn'>> {
  ratings?: string[]
  graph?: string
  factors?: string
  matrix?: string
  items?: string
  order: boolean
  linear: boolean
  pad?: 'left' | 'right'
  maxHistory?: number
  out: string
}

/**
 * Makes a model folder of what another program has learnt, opens it with the serving loader and says what it answers.
 *
 * @throws Error that says what cannot be packed; nothing is left behind then
 */
export async function packModel(options: PackOptions, say: (line: string) => void): Promise<void> {
  const { out } = options
  refusePlace(out)
  refuseSources(options)
  for (const sentence of await removeLeftovers(out)) say(sentence)

  const { packed, rated } = await packedOf(options, say)
  const { ratings, like, about: source } = rated
  const movies = await moviesOf(options, ratings.movieIds, say)
  const likes = likesOf(ratings, like)
  const isRated = ratings.user.length > 0
  const known = { ratings: ratings.user.length, likes: likes.byUser.values.length, users: ratings.userIds.length }
  const about: About = {
    created: options.date,
    command: commandOf(options),
    data: { ...source, licence: options.licence, ...(isRated && known) },
    hyperparameters: packed.hyperparameters,
    ...(options.link && { link: options.link })
  }
  const contents = {
    ratings,
    like,
    likes,
    weights: isRated ? likesAlone(ratings, like) : [{ value: like, weight: 1 }],
    rowOrder: packed.rowOrder,
    movies,
    histories: isRated
  }
  const someone = [...ratings.userIds.slice(0, 3), 'somebody-new']
  await writeFolder(out, packed.writeGraphs, packed.terms, contents, about, dir => smokeTest(dir, someone, say))
  for (const sentence of missing(options)) say(sentence)
  say(`written: ${out}, ${packed.rowOrder.length} items\nserve it: MODEL_DIR=${out} npm start`)
}

function refuseSources({ graph, factors, matrix }: PackOptions): void {
  const given = [graph, factors, matrix].filter(file => file !== undefined)
  if (given.length !== 1)
    throw new Error(`expected one of --graph, --factors and --matrix, found ${given.length}: docs/model.md says which is which`)
}

async function packedOf(options: PackOptions, say: (line: string) => void): Promise<{ packed: Packed; rated: ModelRatings }> {
  const { graph, factors, matrix, items, order, linear, pad, maxHistory } = options
  const list = items === undefined ? undefined : await readIds(items)
  if (factors !== undefined) {
    const read = await readItemFactors(factors)
    const rows = read.values.length / read.d
    const ids = read.ids ? numbered(read.ids, list) : asMany(list, rows, factors)
    say(`${basename(factors)}: ${rows} items × ${read.d} numbers`)
    const rated = await ratingsOf(options, ids, say)
    const foldIn: FoldIn = {
      foldIn: options.foldIn,
      alpha0: options.alpha0 ?? 1,
      alpha: options.alpha ?? read.alpha ?? 1,
      lambda: options.lambda ?? read.lambda ?? 0.01,
      foldInLikes: options.foldInLikes ?? meanLikes(likesOf(rated.ratings, rated.like))
    }
    return { packed: packFactors(read, foldIn, rated), rated }
  }
  if (matrix !== undefined) {
    const read = await readItemMatrix(matrix)
    const rated = await ratingsOf(options, asMany(list, read.items, matrix), say)
    return { packed: packMatrix(read, rated), rated }
  }
  if (list === undefined) throw new Error('expected --items, a file with the ids of the items in the order of the rows of the graph')
  const rated = await ratingsOf(options, list, say)
  return {
    packed: await packGraph(graph as string, { order, linear, ...(pad && { pad }), ...(maxHistory && { maxHistory }) }, list.length),
    rated
  }
}

function asMany(list: string[] | undefined, rows: number, file: string): string[] {
  const name = basename(file)
  if (!list) throw new Error(`${name} does not say which items its ${rows} rows are: expected --items, a file with their ids in that order`)
  if (list.length !== rows) throw new Error(`${name}: expected ${list.length} rows, as many as there are ids in --items, found ${rows}`)
  return list
}

/** The ids of a table; with a list of items they are places in it, as Spark's StringIndexer numbers them. */
function numbered(ids: string[], list: string[] | undefined): string[] {
  return list ? ids.map(place => list[Number(place)] ?? missingPlace(place, list.length)) : ids
}

function missingPlace(place: string, length: number): never {
  throw new Error(
    `expected places from 0 to ${length - 1} in --items, found ${place}: leave --items out if the file has the ids themselves`
  )
}

/** What the folder would be better with. */
function missing({ ratings, movies, graph }: PackOptions): string[] {
  return [
    ...(ratings
      ? []
      : [`no --ratings: everybody is unknown${graph ? '' : ', and nothing is popular'} until a history comes with the request`]),
    ...(movies ? [] : ['no --movies: answers have ids and no titles'])
  ]
}

/** The command that makes the same bytes again, without anything of this machine. */
function commandOf(options: PackOptions): string {
  const { graph, factors, matrix, items, order, linear, pad, maxHistory, foldIn, out, ratings, like } = options
  const given = (name: string, value?: string | number): string[] => (value === undefined ? [] : [`--${name} ${value}`])
  const file = (name: string, path?: string): string[] => given(name, path && basename(path))
  return [
    'npm run pack --',
    ...file('graph', graph),
    ...file('factors', factors),
    ...file('matrix', matrix),
    ...file('items', items),
    ...(ratings ? inputArguments({ ...options, ratings }) : []),
    ...given('like', like),
    ...(order ? ['--order'] : []),
    ...(linear ? ['--linear'] : []),
    ...given('pad', pad),
    ...given('max-history', maxHistory),
    ...(factors ? given('fold-in', foldIn) : []),
    ...(['lambda', 'alpha', 'alpha0'] as const).flatMap(name => given(name, options[name])),
    ...given('fold-in-likes', options.foldInLikes),
    `--out models/${basename(dirname(resolve(out)))}/${basename(out)}`,
    ...aboutArguments(options)
  ].join(' ')
}
