import t from 'tap'
import { decodeHistories, encodeHistories, historiesOf, type HistoryTable, noHistories } from '../../../src/recommender/model/histories.js'

/** Ann has watched 7, 1 and 5, of which she liked 7 and 5; bob has watched 4, and did not like it. */
const table = (): HistoryTable => ({
  userIds: ['ann', 'bob'],
  offsets: Int32Array.of(0, 3, 4),
  rows: Int32Array.of(7, 1, 5, 4),
  liked: Uint8Array.of(1, 0, 1, 0)
})

t.test('a user has all they have seen, oldest first, and what of it they liked', async t => {
  const histories = historiesOf(table(), true)
  t.equal(histories.users, 2)
  t.same(histories.of('ann'), { seen: Int32Array.of(7, 1, 5), liked: Int32Array.of(7, 5) })
  t.same(histories.of('bob'), { seen: Int32Array.of(4), liked: new Int32Array(0) })
  t.equal(histories.of('eve'), undefined)
})

t.test('where order means nothing, what they liked is sorted, and what they have seen is left', async t => {
  t.same(historiesOf(table(), false).of('ann'), { seen: Int32Array.of(7, 1, 5), liked: Int32Array.of(5, 7) })
})

t.test('without histories nobody is known', async t => {
  t.equal(noHistories.of('ann'), undefined)
  t.equal(noHistories.users, 0)
})

t.test('the bytes are those of the format, read back as they were written', async t => {
  const bytes = encodeHistories(table())
  t.same([...bytes.subarray(0, 16)], [0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0], 'offsets, then rows')
  t.same(Buffer.from(bytes.subarray(28)).toString(), '\x01\0\x01\0ann\nbob', 'then what was liked, then who')
  t.same(decodeHistories(bytes, 2, 4, 8), table())
  const view = { ...table(), rows: Int32Array.of(9, 9, 7, 1, 5, 4).subarray(2) }
  t.same(decodeHistories(encodeHistories(view), 2, 4, 8), table(), 'a view, too')
  t.same(decodeHistories(encodeHistories({ userIds: [], offsets: Int32Array.of(0), rows: new Int32Array(0), liked: new Uint8Array(0) }), 0, 0, 8).userIds, []) // prettier-ignore
})

t.test('bytes that are not what the counts promise are refused', async t => {
  const refused = (edit: (table: HistoryTable) => void, message: string) => {
    const edited = table()
    edit(edited)
    t.throws(() => decodeHistories(encodeHistories(edited), 2, 4, 8), { message })
  }
  t.throws(() => decodeHistories(encodeHistories(table()).subarray(0, 31), 2, 4, 8), {
    message: 'expected at least 32 bytes for 2 users and 4 pairs, found 31'
  })
  refused(({ userIds }) => userIds.pop(), 'expected 2 user ids, found 1')
  refused(({ userIds }) => userIds.fill('ann'), 'expected every user id once, found some twice')
  refused(({ offsets }) => offsets.fill(1, 0, 1), 'expected offsets that rise from 0 to 4')
  refused(({ offsets }) => offsets.fill(3, 2), 'expected offsets that rise from 0 to 4')
  refused(({ offsets }) => offsets.fill(5, 1, 2), 'expected offsets that rise from 0 to 4')
  refused(({ rows }) => rows.fill(8, 2, 3), 'expected item rows from 0 to 7, found 8')
  refused(({ rows }) => rows.fill(-1, 2, 3), 'expected item rows from 0 to 7, found -1')
})
