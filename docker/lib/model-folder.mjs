// @ts-check
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, realpathSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ROOT } from './paths.mjs'
import { Refusal } from './shell.mjs'

/**
 * Finds what Docker could not copy, or the service not serve, before an image is built with it.
 *
 * @param {string} folder as it was given
 * @returns {Promise<string>} the folder as Docker sees it, from the root of the project
 * @throws Refusal
 */
export async function checkModelFolder(folder) {
  const files = listedFiles(folder)
  const path = realpathSync(resolve(ROOT, folder))
  const inContext = relative(realpathSync(ROOT), path)
  // .dockerignore leaves out everything else.
  if (!/^models\/(?!train(\/|$))/.test(inContext))
    throw new Refusal(`${folder} is not below models/, and Docker sees no other model folder. Copy it there, then run this again.`)
  for (const [name, expected] of Object.entries(files)) {
    const found = await sha256(join(path, name)).catch(() => undefined)
    if (found !== expected)
      throw new Refusal(
        `${folder} is incomplete: ${name} is ${found ? 'not the file that its manifest names' : 'missing'}. Copy the whole folder, then run this again.`
      )
  }
  return inContext
}

/** @param {string} folder @returns {Record<string, string>} the SHA-256 of each file */
function listedFiles(folder) {
  try {
    const { files } = JSON.parse(readFileSync(resolve(ROOT, folder, 'manifest.json'), 'utf8'))
    if (files) return files
  } catch {
    // it has no manifest, or one that is cut short
  }
  throw new Refusal(
    `${folder} is no model folder, for it has no manifest.json that lists its files. --model takes a folder such as models/movielens/2.`
  )
}

/** @param {string} file */
async function sha256(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
