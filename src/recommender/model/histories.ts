/**
 * Who has watched what, oldest first, as compressed sparse rows. The file is little-endian:
 *
 *     offsets int32 [users + 1] │ rows int32 [pairs] │ liked uint8 [pairs] │ user ids, UTF-8, joined by "\n"
 */
export interface HistoryTable {
  userIds: string[]
  offsets: Int32Array
  rows: Int32Array
  liked: Uint8Array
}

/** The stored history of a user, as item rows, oldest first. Views on the table, not copies: do not write to them. */
export interface History {
  /** everything they have seen */
  seen: Int32Array
  /** the part of it that they liked; sorted by row if order means nothing to the model */
  liked: Int32Array
}

export interface Histories {
  /** Undefined for an unknown user. */
  of(userId: string): History | undefined
  readonly users: number
}

const NO_ROWS = new Int32Array(0)

/** The history of an unknown user. */
export const EMPTY_HISTORY: History = { seen: NO_ROWS, liked: NO_ROWS }

export const noHistories: Histories = { of: () => undefined, users: 0 }

/** @param ordered whether order means something to the model; if not, histories are sorted here, once for all requests */
export function historiesOf({ userIds, offsets, rows, liked }: HistoryTable, ordered: boolean): Histories {
  const index = new Map(userIds.map((id, user) => [id, user]))
  const likedRows = rows.filter((_, at) => liked[at] === 1)
  const likedOffsets = new Int32Array(offsets.length)
  for (let user = 0; user < userIds.length; user++) {
    let end = likedOffsets[user]
    for (let at = offsets[user]; at < offsets[user + 1]; at++) end += liked[at]
    likedOffsets[user + 1] = end
    if (!ordered) likedRows.subarray(likedOffsets[user], end).sort()
  }
  return {
    users: userIds.length,
    of(userId) {
      const user = index.get(userId)
      if (user === undefined) return undefined
      return {
        seen: rows.subarray(offsets[user], offsets[user + 1]),
        liked: likedRows.subarray(likedOffsets[user], likedOffsets[user + 1])
      }
    }
  }
}

export function encodeHistories({ userIds, offsets, rows, liked }: HistoryTable): Uint8Array {
  const bytes = (array: Int32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return Buffer.concat([bytes(offsets), bytes(rows), liked, Buffer.from(userIds.join('\n'))])
}

/** @throws Error when the bytes do not fit the counts. A row out of range would fail the whole batch, or be taken for another row. */
export function decodeHistories(bytes: Uint8Array, users: number, pairs: number, items: number): HistoryTable {
  const fixed = 4 * (users + 1) + 5 * pairs
  if (bytes.byteLength < fixed)
    throw new Error(`expected at least ${fixed} bytes for ${users} users and ${pairs} pairs, found ${bytes.byteLength}`)
  const buffer = new ArrayBuffer(bytes.byteLength)
  const aligned = new Uint8Array(buffer)
  aligned.set(bytes)

  const offsets = new Int32Array(buffer, 0, users + 1)
  const rows = new Int32Array(buffer, 4 * (users + 1), pairs)
  const liked = new Uint8Array(buffer, 4 * (users + 1 + pairs), pairs)
  const userIds = users === 0 ? [] : Buffer.from(buffer, fixed).toString().split('\n')
  if (userIds.length !== users) throw new Error(`expected ${users} user ids, found ${userIds.length}`)
  if (new Set(userIds).size !== users) throw new Error('expected every user id once, found some twice')
  if (offsets[0] !== 0 || offsets[users] !== pairs || offsets.some((offset, i) => i > 0 && offset < offsets[i - 1])) {
    throw new Error(`expected offsets that rise from 0 to ${pairs}`)
  }
  const wild = rows.findIndex(row => row < 0 || row >= items)
  if (wild !== -1) throw new Error(`expected item rows from 0 to ${items - 1}, found ${rows[wild]}`)
  return { userIds, offsets, rows, liked }
}
