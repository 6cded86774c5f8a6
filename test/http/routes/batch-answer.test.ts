import { once } from 'node:events'
import t from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startApp } from '../../fixtures/doors.js'
import { batchAnswer } from '../../../src/http/routes/batch-answer.js'

/** The pieces that a client gets who reads at once. */
async function piecesOf(results: (() => object)[], onPiece = (): void => {}): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  const answer = batchAnswer('board/1', results, 10).on('data', (piece: Buffer) => {
    onPiece()
    pieces.push(piece)
  })
  await once(answer, 'end')
  return pieces
}
const jsonOf = (pieces: Buffer[]): unknown => JSON.parse(Buffer.concat(pieces).toString())

t.test('small results go together, in one piece', async t => {
  const pieces = await piecesOf([() => ({ status: 200 }), () => ({ status: 404 })])
  t.equal(pieces.length, 1)
  t.same(jsonOf(pieces), { model: 'board/1', results: [{ status: 200 }, { status: 404 }] })
})

t.test('results are made while they are read, and go in pieces of up to 16 kB', async t => {
  let made = 0
  const large = { text: 'é'.repeat(10_000) }
  const results = Array.from({ length: 20 }, () => () => {
    made++
    return large
  })
  const madeBy: number[] = []
  const pieces = await piecesOf(results, () => madeBy.push(made))
  t.ok(madeBy[0] < 5, `${madeBy[0]} of 20 are made when the first piece is read`)
  t.ok(
    pieces.every(({ length }) => length > 0 && length <= 16_384),
    'none larger'
  )
  t.same(jsonOf(pieces), { model: 'board/1', results: results.map(() => large) })
})

t.test('whoever reads nothing has one or two pieces made, counted in bytes', async t => {
  const answer = batchAnswer(
    'board/1',
    Array(20).fill(() => ({ text: 'e'.repeat(20_000) })),
    10
  )
  await once(answer, 'readable')
  t.ok(answer.readableLength >= 16_384 && answer.readableLength <= 2 * 16_384, `${answer.readableLength} bytes wait`)
})

t.test('it says how much it holds meanwhile: 16 bytes a movie', async t => {
  t.equal(batchAnswer('board/1', [], 10).heldBytes, 160)
})

t.test('a batch holds what may be in all of its lists', async t => {
  const app = await startApp(t, { MODEL_DIR: await trainCheckerboard(t.testdir()) })
  const held: unknown[] = []
  app.addHook('onSend', async (_request, _reply, payload) => void held.push((payload as { heldBytes?: number }).heldBytes))
  await app.inject({ method: 'POST', url: '/recommend/batch', payload: { users: [1, 2, 3], n: 5 } })
  t.same(held, [3 * 5 * 16])
})
