/**
 * Who has rated what and how, oldest first, as compressed sparse rows. The file is little-endian:
 *
 *     offsets int32 [users + 1] │ rows int32 [pairs] │ ratings uint8 [pairs] │ user ids, UTF-8, joined by "\n"
 *
 * A rating is an index into the `ratings` of the manifest.
 */
export interface HistoryTable {
  userIds: string[]
  offsets: Int32Array
  rows: Int32Array
  ratings: Uint8Array
}

/**
 * What a user has rated: oldest first if time means something to the model, otherwise by row, so that the same ratings give
 * the same bytes, in whatever order they came. Views on the table, not copies: do not write to them.
 */
export interface History {
  rows: Int32Array
  ratings: Uint8Array
}

export interface Histories {
  /** Undefined for an unknown user. */
  of(userId: string): History | undefined
  /** of everybody who is known */
  readonly userIds: readonly string[]
}

/** The history of an unknown user. */
export const EMPTY_HISTORY: History = { rows: new Int32Array(0), ratings: new Uint8Array(0) }

export const noHistories: Histories = { of: () => undefined, userIds: [] }

/** @param ordered whether time means something to the model; if not, a history is sorted in the table when it is first read */
export function historiesOf({ userIds, offsets, rows, ratings }: HistoryTable, ordered: boolean): Histories {
  const index = new Map(userIds.map((id, user) => [id, user]))
  const isSorted = new Uint8Array(userIds.length)
  return {
    userIds,
    of(userId) {
      const user = index.get(userId)
      if (user === undefined) return undefined
      const [from, to] = [offsets[user], offsets[user + 1]]
      const history = { rows: rows.subarray(from, to), ratings: ratings.subarray(from, to) }
      if (!ordered && !isSorted[user]) {
        sortByRow(history)
        isSorted[user] = 1
      }
      return history
    }
  }
}

function sortByRow({ rows, ratings }: History): void {
  const keys = Float64Array.from(rows, (row, at) => row * 256 + ratings[at]).sort()
  for (let at = 0; at < keys.length; at++) {
    ratings[at] = keys[at] % 256
    rows[at] = (keys[at] - ratings[at]) / 256
  }
}

export function encodeHistories({ userIds, offsets, rows, ratings }: HistoryTable): Uint8Array {
  const bytes = (array: Int32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return Buffer.concat([bytes(offsets), bytes(rows), ratings, Buffer.from(userIds.join('\n'))])
}

/** What the manifest says about a table. */
export interface Counts {
  users: number
  pairs: number
  items: number
  /** how many different ratings there are */
  ratings: number
}

/**
 * Reads a table where it lies: it shares the memory of the bytes, for a large one is most of what the service takes.
 *
 * @throws Error when the bytes do not fit the counts. A row out of range would fail the whole batch, or be taken for another row.
 */
export function decodeHistories(bytes: Uint8Array, { users, pairs, items, ratings: kinds }: Counts): HistoryTable {
  const fixed = 4 * (users + 1) + 5 * pairs
  if (bytes.byteLength < fixed)
    throw new Error(`expected at least ${fixed} bytes for ${users} users and ${pairs} pairs, found ${bytes.byteLength}`)
  const { buffer, byteOffset: start } = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)

  const offsets = new Int32Array(buffer, start, users + 1)
  const rows = new Int32Array(buffer, start + 4 * (users + 1), pairs)
  const ratings = new Uint8Array(buffer, start + 4 * (users + 1 + pairs), pairs)
  const userIds =
    users === 0
      ? []
      : Buffer.from(buffer, start + fixed, bytes.byteLength - fixed)
          .toString()
          .split('\n')
  if (userIds.length !== users) throw new Error(`expected ${users} user ids, found ${userIds.length}`)
  if (new Set(userIds).size !== users) throw new Error('expected every user id once, found some twice')
  if (offsets[0] !== 0 || offsets[users] !== pairs || offsets.some((offset, i) => offset < offsets[i - 1])) {
    throw new Error(`expected offsets that rise from 0 to ${pairs}`)
  }
  for (let at = 0; at < pairs; at++) {
    if (rows[at] < 0 || rows[at] >= items) throw new Error(`expected item rows from 0 to ${items - 1}, found ${rows[at]}`)
    if (ratings[at] >= kinds)
      throw new Error(`expected ratings from 0 to ${kinds - 1}, as places in the manifest's list, found ${ratings[at]}`)
  }
  return { userIds, offsets, rows, ratings }
}
