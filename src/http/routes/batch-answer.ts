import { Readable } from 'node:stream'
import type { Held } from '../connections.js'

/** Results are sent in pieces of so many bytes: some of them wait in each connection whose client does not read. */
const PIECE = 16_384

/** A row, a score and an id. */
const BYTES_A_MOVIE = 16

/**
 * The answer to a batch, made while the client reads it: as JSON it is ten times what it is made of, and a client that asks
 * for much and reads nothing should hold little.
 *
 * @param results makes them, one by one
 * @param movies how many there are in all of them, at most
 */
export function batchAnswer(model: string, results: (() => object)[], movies: number): Readable & Held {
  const answer = Readable.from(pieces(model, results), { objectMode: false, highWaterMark: PIECE })
  return Object.assign(answer, { heldBytes: movies * BYTES_A_MOVIE })
}

function* pieces(model: string, results: (() => object)[]): Generator<Buffer> {
  let text = `{"model":${JSON.stringify(model)},"results":[`
  for (const [i, result] of results.entries()) {
    text += (i > 0 ? ',' : '') + JSON.stringify(result())
    if (text.length < PIECE) continue
    yield* cut(text)
    text = ''
  }
  yield* cut(`${text}]}`)
}

function* cut(text: string): Generator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}
