/**
 * Who has watched what, oldest first, as compressed sparse rows. In a file, little-endian:
 *
 *     offsets int32 [users + 1] │ rows int32 [pairs] │ liked uint8 [pairs] │ user ids, UTF-8, joined by "\n"
 */
export interface Histories {
  /** Everything the user has seen, or undefined for one that is not known. Item rows, oldest first; a view, not a copy. */
  seen(userId: string): Int32Array | undefined
  /** What of it the user liked. */
  liked(userId: string): Int32Array | undefined
  readonly users: number
}

export interface HistoryTable {
  userIds: string[]
  offsets: Int32Array
  rows: Int32Array
  liked: Uint8Array
}

export const noHistories: Histories = { seen: () => undefined, liked: () => undefined, users: 0 }

export function historiesOf({ userIds, offsets, rows, liked }: HistoryTable): Histories {
  const index = new Map(userIds.map((id, user) => [id, user]))
  const rowsOf = (userId: string, keep?: (at: number) => boolean): Int32Array | undefined => {
    const user = index.get(userId)
    if (user === undefined) return undefined
    const from = offsets[user]
    const seen = rows.subarray(from, offsets[user + 1])
    return keep ? seen.filter((_, i) => keep(from + i)) : seen
  }
  return {
    users: userIds.length,
    seen: userId => rowsOf(userId),
    liked: userId => rowsOf(userId, at => liked[at] === 1)
  }
}

export function encodeHistories({ userIds, offsets, rows, liked }: HistoryTable): Uint8Array {
  const bytes = (array: Int32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return Buffer.concat([bytes(offsets), bytes(rows), liked, Buffer.from(userIds.join('\n'))])
}

/** @throws Error when the bytes are not what the counts promise: a row out of range would fail or, worse, wrap round */
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
