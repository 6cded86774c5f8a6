import t from 'tap'
import { decodeHistories, encodeHistories, historiesOf, type HistoryTable, noHistories } from '../../../src/recommender/model/histories.js'

/** Ann has rated 7, 1 and 5, and bob 4; ratings are places in a list of three. */
const table = (): HistoryTable => ({
  userIds: ['ann', 'bob'],
  offsets: Int32Array.of(0, 3, 4),
  rows: Int32Array.of(7, 1, 5, 4),
  ratings: Uint8Array.of(2, 0, 1, 0)
})
const counts = { users: 2, pairs: 4, items: 8, ratings: 3 }

t.test('a user has all they have rated, oldest first, and how', async t => {
  const histories = historiesOf(table(), true)
  t.same(histories.userIds, ['ann', 'bob'])
  t.same(histories.of('ann'), { rows: Int32Array.of(7, 1, 5), ratings: Uint8Array.of(2, 0, 1) })
  t.same(histories.of('bob'), { rows: Int32Array.of(4), ratings: Uint8Array.of(0) })
  t.equal(histories.of('eve'), undefined)
})

t.test('where order means nothing, a history is sorted by row, and each row keeps its rating', async t => {
  const histories = historiesOf(table(), false)
  for (const time of ['first', 'second'])
    t.same(histories.of('ann'), { rows: Int32Array.of(1, 5, 7), ratings: Uint8Array.of(0, 1, 2) }, time)
  t.same(histories.of('bob'), { rows: Int32Array.of(4), ratings: Uint8Array.of(0) })
})

t.test('a list of ratings may have 256 entries, and a user may have rated nothing', async t => {
  const long: HistoryTable = {
    userIds: ['ann', 'bob'],
    offsets: Int32Array.of(0, 3, 3),
    rows: Int32Array.of(7, 1, 5),
    ratings: Uint8Array.of(255, 0, 128)
  }
  const histories = historiesOf(decodeHistories(encodeHistories(long), { users: 2, pairs: 3, items: 8, ratings: 256 }), false)
  t.same(histories.of('ann'), { rows: Int32Array.of(1, 5, 7), ratings: Uint8Array.of(0, 128, 255) })
  t.same(histories.of('bob'), { rows: new Int32Array(0), ratings: new Uint8Array(0) })
})

t.test('without histories nobody is known', async t => {
  t.equal(noHistories.of('ann'), undefined)
  t.same(noHistories.userIds, [])
})

t.test('the bytes are those of the format, read back as they were written', async t => {
  const bytes = encodeHistories(table())
  t.same([...bytes.subarray(0, 16)], [0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0], 'offsets, then rows')
  t.same(Buffer.from(bytes.subarray(28)).toString(), '\x02\0\x01\0ann\nbob', 'then how, then who')
  t.same(decodeHistories(bytes, counts), table())
  const view = { ...table(), rows: Int32Array.of(9, 9, 7, 1, 5, 4).subarray(2) }
  t.same(decodeHistories(encodeHistories(view), counts), table(), 'a view, too')
  t.same(decodeHistories(encodeHistories({ userIds: [], offsets: Int32Array.of(0), rows: new Int32Array(0), ratings: new Uint8Array(0) }), { ...counts, users: 0, pairs: 0 }).userIds, []) // prettier-ignore
})

t.test('a table lies where it was read; one that is not aligned is copied', async t => {
  const bytes = Uint8Array.from(encodeHistories(table()))
  t.equal(decodeHistories(bytes, counts).rows.buffer, bytes.buffer)
  const shiftedBy = (by: number) => {
    const shifted = new Uint8Array(bytes.length + by)
    shifted.set(bytes, by)
    return shifted.subarray(by)
  }
  t.same(decodeHistories(shiftedBy(1), counts), table())
  const aligned = shiftedBy(4)
  t.same(decodeHistories(aligned, counts), table())
  t.equal(decodeHistories(aligned, counts).rows.buffer, aligned.buffer)
})

t.test('bytes that are not what the counts promise are refused', async t => {
  const refused = (edit: (table: HistoryTable) => void, message: string) => {
    const edited = table()
    edit(edited)
    t.throws(() => decodeHistories(encodeHistories(edited), counts), { message })
  }
  t.throws(() => decodeHistories(encodeHistories(table()).subarray(0, 31), counts), {
    message: 'expected at least 32 bytes for 2 users and 4 pairs, found 31'
  })
  refused(({ userIds }) => userIds.pop(), 'expected 2 user ids, found 1')
  refused(({ userIds }) => userIds.fill('ann'), 'expected every user id once, found some twice')
  refused(({ offsets }) => offsets.fill(1, 0, 1), 'expected offsets that rise from 0 to 4')
  refused(({ offsets }) => offsets.fill(3, 2), 'expected offsets that rise from 0 to 4')
  refused(({ offsets }) => offsets.fill(5, 1, 2), 'expected offsets that rise from 0 to 4')
  refused(({ rows }) => rows.fill(8, 2, 3), 'expected item rows from 0 to 7, found 8')
  refused(({ rows }) => rows.fill(-1, 2, 3), 'expected item rows from 0 to 7, found -1')
  refused(({ ratings }) => ratings.fill(3, 2, 3), "expected ratings from 0 to 2, as places in the manifest's list, found 3")
})
