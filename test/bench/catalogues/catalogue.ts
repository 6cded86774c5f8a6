import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { writeModel } from '../../../models/train/export/folder.js'
import { layoutOf } from '../../../models/train/export/layout.js'
import { likesAlone, likesOf } from '../../../models/train/data/likes.js'
import { loadModel } from '../../../src/recommender/model/load-model.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { CACHE, ROOT, script } from '../paths.js'
import { LIKE, type Size, synthetic } from './synthetic.js'

/** A model folder to be measured. */
export interface Catalogue {
  name: string
  dir: string
}

export const DEFAULT = 'default'

/** @throws InvalidArgumentError unless it is `default` or like `62000x128`, with a number of users if need be: `62000x128x1000` */
export function catalogueName(text: string): string {
  if (text === DEFAULT || /^\d{3,7}x\d{1,3}(x\d{1,6})?$/.test(text)) return text
  throw new InvalidArgumentError(`Expected default or ITEMSxDIMENSIONS such as 62000x128, found "${text}".`)
}

/** The model folder of that name: the default model, or one that is generated now and kept. */
export async function catalogue(name: string): Promise<Catalogue> {
  if (name === DEFAULT) return { name, dir: join(ROOT, 'models/movielens/2') }
  const [items, dimensions, users = 20_000] = name.split('x').map(Number)
  const folder = `${name}-${await recipe()}`
  const dir = join(CACHE, folder, '1')
  if (!existsSync(dir)) await generate(dir, { items, dimensions, users })
  return { name, dir }
}

/** What a generated folder depends on, in eight digits: when the generator or the exporter changes, it is generated anew. */
async function recipe(): Promise<string> {
  const folder = script('../../models/train/export/')
  const exporter = (await readdir(folder)).filter(name => name.endsWith('.js')).sort()
  const hash = createHash('sha256')
  for (const file of [script('catalogues/synthetic.js'), ...exporter.map(name => join(folder, name))]) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}

async function generate(dir: string, size: Size): Promise<void> {
  await removeOlder(size)
  const { factors, ratings } = synthetic(size)
  const likes = likesOf(ratings, LIKE)
  await writeModel(
    dir,
    { factors, ratings, weights: likesAlone(ratings, LIKE), like: LIKE, likes, layout: layoutOf(factors, likes.byUser), histories: true },
    {
      created: '2026-01-01',
      command: 'npm run bench',
      data: {
        file: 'none',
        sha256: '',
        licence: 'none: drawn by chance',
        ratings: ratings.user.length,
        likes: likes.byUser.values.length,
        users: size.users
      },
      hyperparameters: { dimensions: size.dimensions, like: LIKE }
    },
    async beside => {
      const { scorer } = await loadModel(beside, openScorer)
      await scorer.close()
    }
  )
}

/** Of the same size, by an older recipe: a million items take half a gigabyte. */
async function removeOlder({ items, dimensions, users }: Size): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const prefixes = [`${items}x${dimensions}x${users}-`, ...(users === 20_000 ? [`${items}x${dimensions}-`] : [])]
  for (const name of await readdir(CACHE)) {
    if (prefixes.some(prefix => name.startsWith(prefix))) await rm(join(CACHE, name), { recursive: true })
  }
}
