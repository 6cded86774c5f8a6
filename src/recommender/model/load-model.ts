import { setTimeout as sleep } from 'node:timers/promises'
import { decodeHistories, type Histories, historiesOf, noHistories } from './histories.js'
import { type Items, readItems } from './items.js'
import { GRAPH, HISTORIES } from './files.js'
import { type Manifest, readManifest, readModelFile } from './manifest.js'
import { type RatingScale, ratingScale } from './rating-scale.js'
import type { OpenScorer, Scorer } from '../scoring/scorer.js'

/** A model folder that has been checked and opened. */
export interface Model {
  manifest: Manifest
  items: Items
  histories: Histories
  /** how people rate, and what that weighs */
  scale: RatingScale
  scorer: Scorer
}

interface LoadOptions {
  threads?: number
  /** longest time to open the graph and to try it */
  limitMs?: number
  onFailure?: (error: Error) => void
}

/** A model folder whose files are whole. */
export interface Folder {
  dir: string
  manifest: Manifest
}

/** Reads the manifest of a model folder and checks its files. @throws Error that names the folder, the file and what was expected */
export async function checkFolder(dir: string): Promise<Folder> {
  return { dir, manifest: await readManifest(dir).catch(error => refuse(dir, error)) }
}

/**
 * Opens the graphs of a model folder while its other files are read. What opens them on a thread of its own starts at once.
 *
 * @throws Error that names the folder, the file and what was expected
 */
export async function openFolder(
  { dir, manifest }: Folder,
  openScorer: OpenScorer,
  { threads = 1, limitMs, onFailure = () => {} }: LoadOptions = {}
): Promise<Model> {
  const opening = openScorer(dir, manifest, threads, onFailure)
  const [read, opened] = await Promise.allSettled([readRest(dir, manifest), within(opening, limitMs)])
  if (read.status === 'rejected') {
    if (opened.status === 'fulfilled') await opened.value.close()
    return refuse(dir, read.reason)
  }
  if (opened.status === 'rejected') return refuse(dir, opened.reason)
  return { manifest, ...read.value, scale: ratingScale(manifest, opened.value.takesWeights), scorer: opened.value }
}

/** Checks a model folder and opens it. @throws Error that names the folder, the file and what was expected */
export async function loadModel(dir: string, openScorer: OpenScorer, options?: LoadOptions): Promise<Model> {
  return openFolder(await checkFolder(dir), openScorer, options)
}

function refuse(dir: string, error: Error): never {
  throw new Error(
    `The model folder ${dir} cannot be served. ${error.message}. Set MODEL_DIR to a whole model folder, as docs/model.md describes it; \`npm run train\` and \`npm run pack\` write one.`,
    { cause: error }
  )
}

function within<Value>(promise: Promise<Value>, limitMs?: number): Promise<Value> {
  if (limitMs === undefined) return promise
  const late = sleep(limitMs, undefined, { ref: false }).then(() => {
    throw new Error(`${GRAPH}: it could not be opened and tried within ${limitMs} ms`)
  })
  return Promise.race([promise, late])
}

async function readRest(dir: string, manifest: Manifest): Promise<Pick<Model, 'items' | 'histories'>> {
  return { items: await readItems(dir, manifest.items), histories: await readHistories(dir, manifest) }
}

/** @throws Error when the file does not fit the manifest */
export async function readHistories(dir: string, { histories, items, order, maxHistory, ratings }: Manifest): Promise<Histories> {
  if (!histories) return noHistories
  const bytes = await readModelFile(dir, HISTORIES)
  try {
    return historiesOf(decodeHistories(bytes, { ...histories, items, ratings: ratings.length }), order || maxHistory !== undefined)
  } catch (error) {
    throw new Error(`${HISTORIES}: ${(error as Error).message}`, { cause: error })
  }
}
