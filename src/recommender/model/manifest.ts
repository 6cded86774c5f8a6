import { createHash } from 'node:crypto'
import { existsSync, type Stats } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FromSchema } from 'json-schema-to-ts'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
import { GRAPH, HISTORIES, ITEMS, MANIFEST, OPTIONAL_GRAPHS } from './files.js'

const count = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const
const numbers = { type: 'object', additionalProperties: { type: 'number' } } as const
const name = { type: 'string', pattern: '^[A-Za-z0-9._-]{1,100}$', description: '1 to 100 letters, digits or any of . _ -' } as const

/** The form of the folder that this version reads and writes. */
export const FORMAT = 2

/**
 * What the graph's rows mean, where they come from, and the checksum of every other file of the folder. A title says what a field
 * is for; a description what is expected where the type alone does not say it. docs/model.md has the table.
 */
export const manifestSchema = {
  type: 'object',
  properties: {
    format: { const: FORMAT, description: `${FORMAT}`, title: 'the form of the folder' },
    name: { ...name, title: 'the name of the model, as its folder has it' },
    version: { ...name, title: 'its version: a new model gets a new one' },
    created: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a date, YYYY-MM-DD', title: 'when it was made' },
    command: { ...text, title: 'what makes the same folder again' },
    items: { type: 'integer', minimum: 1, title: 'how many items the graph ranks; this number as a row means "no item"' },
    order: { type: 'boolean', title: 'whether the order of a history matters to the graph' },
    linear: { type: 'boolean', title: 'whether a score is a sum over the entries of the history: then reasons add up' },
    pad: { type: 'string', enum: ['left', 'right'], title: 'where histories are padded with "no item"; right if it is not said' },
    maxHistory: { type: 'integer', minimum: 1, title: 'how long a history may be; of a longer one the newest entries are kept' },
    ratings: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          value: { type: 'number', title: 'a rating that there is; they rise' },
          weight: { type: 'number', title: 'what it weighs in a history; below zero for a dislike' }
        },
        required: ['value', 'weight'],
        additionalProperties: false
      },
      minItems: 1,
      maxItems: 256,
      title: 'each rating that there is'
    },
    liked: { type: 'number', title: 'a rating of at least this is a like' },
    data: {
      type: 'object',
      properties: {
        file: { ...text, title: 'the name of the file of ratings' },
        sha256: { ...text, title: 'its checksum' },
        licence: { ...text, title: 'under which conditions it may be used' },
        ratings: { ...count, title: 'how many ratings' },
        likes: { ...count, title: 'how many of them are likes' },
        users: { ...count, title: 'by how many users' }
      },
      additionalProperties: false,
      default: {},
      title: 'what it was trained on'
    },
    histories: {
      type: 'object',
      properties: {
        users: { ...count, title: 'how many users have one' },
        pairs: { ...count, title: 'how many entries they have together' }
      },
      required: ['users', 'pairs'],
      additionalProperties: false,
      title: 'the size of histories.bin, where there is one'
    },
    link: {
      type: 'string',
      pattern: '^https?://.*\\{movieId\\}',
      description: 'an http(s) address with {movieId} in it',
      title: 'where a movie has a page'
    },
    hyperparameters: { ...numbers, default: {}, title: 'numbers that it was trained with' },
    quality: { type: 'object', additionalProperties: numbers, title: 'how good it is, by model and metric' },
    files: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'a SHA-256 in lower-case hex' },
      title: 'every other file of the folder and its SHA-256'
    }
  },
  required: ['format', 'name', 'version', 'created', 'items', 'order', 'linear', 'ratings', 'liked', 'files'],
  additionalProperties: false
} as const

export type Manifest = FromSchema<typeof manifestSchema>

/** What a folder says of the histories that its graphs take. */
export type GraphTerms = Pick<Manifest, 'items' | 'order' | 'pad' | 'maxHistory'>

const valid = compile<Manifest>(manifestSchema)

/** Reads the manifest and checks the checksums. @throws Error that names what is missing, unreadable or different */
export async function readManifest(dir: string): Promise<Manifest> {
  const manifest = parseJson(MANIFEST, await readModelFile(dir, MANIFEST))
  refuseOtherFormats(manifest as Partial<Manifest> | null)
  if (!valid(manifest)) throw new Error(`${MANIFEST}: ${sentences(valid.errors).join('; ')}`)
  if (manifest.ratings.some(({ value }, i) => i > 0 && value <= manifest.ratings[i - 1].value))
    throw new Error(`${MANIFEST}: ratings: expected values that rise`)
  for (const name of [GRAPH, ITEMS, ...(manifest.histories ? [HISTORIES] : [])]) {
    if (!manifest.files[name]) throw new Error(`${MANIFEST}: files.${name}: missing; expected its SHA-256`)
  }
  for (const name of OPTIONAL_GRAPHS) {
    if (!manifest.files[name] && existsSync(join(dir, name)))
      throw new Error(`${MANIFEST}: files.${name}: missing; expected its SHA-256, or no such file in the folder`)
  }
  await Promise.all(Object.entries(manifest.files).map(([name, expected]) => checkFile(dir, name, expected)))
  return manifest
}

/** A folder of before format 2 says no format. */
function refuseOtherFormats(manifest: { format?: unknown; command?: unknown } | null): void {
  const found = manifest?.format ?? 1
  if (found === FORMAT) return
  const command = typeof manifest?.command === 'string' ? `: ${manifest.command}` : ' with `npm run train`'
  throw new Error(`${MANIFEST}: format: expected ${FORMAT}, found ${JSON.stringify(found)}; make the folder anew${command}`)
}

export function readModelFile(dir: string, name: string): Promise<Buffer> {
  return read(dir, name, file => readFile(file))
}

export function parseJson(name: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new Error(`${name}: expected JSON: ${(error as Error).message}`, { cause: error })
  }
}

/** Reuses one buffer, which a stream does not: twice as fast, which counts when a large model starts. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1 << 22)
  const handle = await open(file)
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

async function checkFile(dir: string, name: string, expected: string): Promise<void> {
  const found = await read(dir, name, sha256)
  if (found !== expected) {
    throw new Error(`${name}: its SHA-256 is ${found}, the manifest says ${expected}: it is cut short, edited or of another version`)
  }
}

/** Reads a regular file. To open a FIFO would wait for its writer for ever, and a device may have no end. */
async function read<Content>(dir: string, name: string, how: (file: string) => Promise<Content>): Promise<Content> {
  const file = join(dir, name)
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw new Error(`expected a regular file, found ${kindOf(stats)}`)
    return await how(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`${name}: ${code === 'ENOENT' ? 'there is no such file' : message}`, { cause: error })
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a FIFO'
  return stats.isSocket() ? 'a socket' : 'a device'
}
