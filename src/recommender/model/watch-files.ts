import { type Stats, watchFile, unwatchFile } from 'node:fs'
import { join } from 'node:path'

/** How often to look. A look is one `stat` for each file. */
const INTERVAL_MS = 5000

/**
 * Notices files of an open model folder that are written in place. The weights are mapped into memory, so that changes
 * answers at once, under the version and the ETags of before. A file that is renamed into place is another file: it does no harm.
 *
 * @param onChange is called once for each file
 * @returns what ends it
 */
export function watchFiles(dir: string, names: readonly string[], onChange: (name: string) => void): () => void {
  const ends = names.map(name => {
    const file = join(dir, name)
    const compare = (now: Stats, before: Stats): void => {
      if (now.ino !== before.ino || (now.mtimeMs === before.mtimeMs && now.size === before.size)) return
      unwatchFile(file, compare)
      onChange(name)
    }
    watchFile(file, { interval: INTERVAL_MS, persistent: false }, compare)
    return () => unwatchFile(file, compare)
  })
  return () => ends.forEach(end => end())
}
