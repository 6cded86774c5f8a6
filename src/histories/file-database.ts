import { open, type RootDatabase } from 'lmdb'

/** What is kept of a user beside the words, which lie under [userId, movieId] as texts: under [userId, '']. */
export interface Person {
  revision: string
  isForgotten: boolean
  /** ms since 1970: when the words are dropped, if nothing is added; none never */
  expires?: number
}

type Db = RootDatabase<Person | string, string[]>

const opened = new Map<string, { db: Db; users: number }>()

/** A database is open once in a process, whoever uses it: two of the same file wait for each other's locks, for ever. */
export function sharedDatabase(path: string): { db: Db; close(): Promise<void> } {
  const one = opened.get(path) ?? { db: open<Person | string, string[]>({ path, noSubdir: false }), users: 0 }
  opened.set(path, one)
  one.users++
  return {
    db: one.db,
    async close() {
      if (--one.users > 0) return
      opened.delete(path)
      await one.db.close()
    }
  }
}
