import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Person, sharedDatabase } from './file-database.js'
import { fromText, type HistoryStore, type LiveHistory, newRevision, NOTHING_LIVE, timeOf, toText } from './store.js'

const DAY_MS = 86_400_000
/** They sort before and behind every movie id. */
const [FIRST, LAST] = ['\u0001', '\u{10ffff}']
const PERSON = ''

/**
 * Keeps live histories in a folder of this machine. LMDB: real transactions, reads in some µs from a mapped file, several processes
 * at once, and binaries that npm installs without a script. LevelDB takes only one process, and SQLite is not in Node 20.
 *
 * @param days after which the ratings of somebody who adds nothing are dropped; 0 never. That somebody was forgotten is kept.
 */
export async function openFileStore(path: string, days: number): Promise<HistoryStore> {
  await mkdir(path, { recursive: true })
  const { db, close } = sharedDatabase(resolve(path))
  const personOf = (userId: string) => db.get([userId, PERSON]) as Person | undefined
  const isPast = ({ expires = Number.POSITIVE_INFINITY }: Person): boolean => expires < Date.now()
  const entries = (userId: string) => ({ start: [userId, FIRST], end: [userId, LAST] })

  const historyOf = (userId: string, known?: LiveHistory): LiveHistory => {
    const person = personOf(userId)
    if (!person) return NOTHING_LIVE
    const { revision, isForgotten } = person
    if (isPast(person)) return { revision: isForgotten ? `${revision}past` : '', isForgotten, ratings: [] }
    if (known?.revision === revision) return known
    return {
      revision,
      isForgotten,
      ratings: Array.from(db.getRange(entries(userId)), ({ key, value }) => fromText(key[1], value as string))
    }
  }
  const clear = (userId: string): void => {
    for (const key of db.getKeys(entries(userId))) void db.remove(key)
  }
  const change = (userId: string, isForgotten: boolean): void => {
    const expiry = days > 0 ? { expires: Date.now() + days * DAY_MS } : {}
    void db.put([userId, PERSON], { revision: newRevision(), isForgotten, ...expiry })
  }

  // What is past its time is not read any more, and leaves the disk here, or when its user adds something.
  await db.transaction(() => {
    for (const { key, value } of db.getRange({})) {
      if (key[1] !== PERSON || !isPast(value as Person)) continue
      clear(key[0])
      if (!(value as Person).isForgotten) void db.remove(key)
    }
  })

  return {
    read: async (userIds, known) => userIds.map(userId => historyOf(userId, known?.(userId))),
    write: (userId, rating, order = 'by time') =>
      db.transaction(() => {
        const person = personOf(userId)
        if (person && isPast(person)) clear(userId)
        const key = [userId, rating.movieId]
        const [before, after] = [db.get(key) as string | undefined, toText(rating)]
        if (!before || order === 'as written' || timeOf(before) <= timeOf(after)) void db.put(key, after)
        change(userId, person?.isForgotten ?? false)
      }),
    forget: userId =>
      db.transaction(() => {
        clear(userId)
        change(userId, true)
      }),
    async *all() {
      for (const [userId, movieId] of db.getKeys({})) if (movieId === PERSON) yield { userId, history: historyOf(userId) }
    },
    close
  }
}
