import { once } from 'node:events'
import t from 'tap'
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

t.test('it says how much it holds meanwhile: 16 bytes a movie', async t => {
  t.equal(batchAnswer('board/1', [], 10).heldBytes, 160)
})
