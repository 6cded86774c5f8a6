import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomLcg } from 'd3-random'
import { rewrite } from '../fixtures/model-folder.js'
import { source, DIST } from '../bench/paths.js'
import { outputOf } from '../bench/subjects/process.js'
import type { Attack } from './promise.js'

const FLIPS = { short: 25, long: 300 }
const PATIENCE_MS = 120_000

/** What test/campaign/open-folders.mjs says of a folder. */
interface Opened {
  dir: string
  refused?: string
  wrong?: string
}

/** One bit of one file is another one, and the checksum fits all the same. */
export const folders: Attack = ({ dir, model }) => ({
  name: 'folders',
  sentence: 'A spoiled model folder is refused in a sentence, or served with valid answers',
  async attempt(form, say) {
    const random = randomLcg(5)
    const wrong: string[] = []
    let refused = 0
    let all = 0
    for (const name of await readdir(model)) {
      const { length } = await readFile(join(model, name))
      const flips = Array.from({ length: FLIPS[form] }, () => ({ at: Math.floor(random() * length), bit: Math.floor(random() * 8) }))
      const spoiled = await Promise.all(
        flips.map(async ({ at, bit }, i) => {
          const to = join(dir, 'spoiled', `${name}-${i}`)
          await cp(model, to, { recursive: true })
          await rewrite(to, name, bytes => {
            bytes[at] ^= 1 << bit
            return bytes
          })
          return to
        })
      )
      const opened = await open(spoiled).catch((error: Error) => {
        wrong.push(`${name}: ${error.message}`)
        return []
      })
      all += spoiled.length
      refused += opened.filter(each => each.refused).length
      wrong.push(...opened.flatMap(({ dir, wrong }) => (wrong ? [`${dir}: ${wrong}`] : [])))
      await rm(join(dir, 'spoiled'), { recursive: true })
    }
    for (const problem of wrong) say(problem)
    return {
      figure: `${all} folders: ${refused} refused, ${all - refused - wrong.length} served, ${wrong.length} wrong`,
      holds: wrong.length === 0
    }
  }
})

/** In a process of its own, which may crash or hang. */
async function open(dirs: string[]): Promise<Opened[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not opened within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  const lines = outputOf(process.execPath, [source('../campaign/open-folders.mjs'), DIST, ...dirs], { ORT_DISABLE_TELEMETRY: '1' })
  try {
    return (await Promise.race([lines, late])).map(line => JSON.parse(line) as Opened)
  } finally {
    clearTimeout(timer)
  }
}
