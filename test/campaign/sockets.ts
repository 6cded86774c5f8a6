import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../bench/measure/statistics.js'
import { compiled } from '../bench/paths.js'
import { get, start } from '../bench/subjects/process.js'
import type { Attack } from './promise.js'

const TIMES = { short: 3, long: 100 }
const REQUEST_TIMEOUT_MS = 1000
/** The time-out, a second until it is noticed, and a second to close. */
const PATIENCE_MS = REQUEST_TIMEOUT_MS + 4000
const MOST_MS = 500

const post = (length: string, body = ''): string =>
  `POST /recommend HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`

/** What no client should send. */
const SHAPES: Record<string, string> = {
  nothing: '',
  'a space': ' ',
  'zero bytes': '\0'.repeat(1000),
  'the start of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'HTTP/2 from the start': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/0.9': 'GET /recommend/4\r\n',
  'HTTP/9.9': 'GET /recommend/4 HTTP/9.9\r\n\r\n',
  'no host': 'GET /recommend/4 HTTP/1.1\r\n\r\n',
  'two hosts': 'GET /recommend/4 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'half a request line': 'GET /recommend/4 HT',
  'half the headers': 'GET /recommend/4 HTTP/1.1\r\nHost: a\r\nX-A: b',
  'a header without an end': `GET /recommend/4 HTTP/1.1\r\nX-A: ${'a'.repeat(100_000)}`,
  'a thousand headers': `GET /recommend/4 HTTP/1.1\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`,
  'a line without an end': `GET /${'a'.repeat(100_000)}`,
  'a method that nobody knows': 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a tunnel': 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n',
  'another protocol': 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'a whole URL': 'GET http://b/recommend/4 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a URL that cannot be decoded': 'GET /recommend/%E0%A4%A HTTP/1.1\r\nHost: a\r\n\r\n',
  'line feeds alone': 'GET /recommend/4 HTTP/1.1\nHost: a\n\n',
  'a length below zero': post('Content-Length: -1'),
  'two lengths': post('Content-Length: 1\r\nContent-Length: 2', 'ab'),
  'a length and chunks': post('Content-Length: 3\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  'a length that is never reached': post('Content-Length: 1000', '{'),
  'a length beyond all': post('Content-Length: 99999999999'),
  'chunks without an end': post('Transfer-Encoding: chunked', '5\r\n{"his'),
  'a chunk of no size': post('Transfer-Encoding: chunked', 'zz\r\n{}\r\n'),
  'a chunk with an extension without an end': post('Transfer-Encoding: chunked', `1;${'a'.repeat(100_000)}`),
  'something to wait for': post('Content-Length: 2\r\nExpect: something', '{}'),
  'ahead of all answers': 'GET /recommend/4 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000)
}

/** Broken requests on bare sockets, beside somebody who only wants to be served. */
export const sockets: Attack = ({ model, port }) => ({
  name: 'sockets',
  sentence: 'Broken requests are answered or closed in time, and nobody else notices',
  async attempt(form, say) {
    const env = { MODEL_DIR: model, REQUEST_TIMEOUT_MS: `${REQUEST_TIMEOUT_MS}` }
    const server = await start(compiled(), { port, path: '/readyz', env })
    const times: number[] = []
    let failed = 0
    const over = { now: false }
    const good = (async (): Promise<void> => {
      for (; !over.now; await sleep(20)) {
        const begun = performance.now()
        const { status } = await get(port, '/recommend/4')
        times.push(performance.now() - begun)
        if (status !== 200) failed++
      }
    })()
    const open: string[] = []
    for (let i = 0; i < TIMES[form]; i++) {
      await Promise.all(
        Object.entries(SHAPES).map(async ([name, bytes]) => {
          if (!(await ends(port, bytes))) open.push(name)
        })
      )
    }
    over.now = true
    await good
    for (const name of new Set(open)) say(`neither answered nor closed within ${PATIENCE_MS} ms: ${name}`)
    const most = percentile(times, 1)
    await server.stop()
    const figure = `${Object.keys(SHAPES).length} shapes, ${TIMES[form]} times: ${open.length} left open; beside them ${times.length} requests, ${failed} failed, the slowest took ${Math.round(most)} ms`
    return { figure, holds: open.length === 0 && failed === 0 && most < MOST_MS }
  }
})

/** Whether there is an answer, or an end, in time. */
async function ends(port: number, bytes: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(bytes, 'latin1')
  const ended = Promise.race([once(socket, 'data'), once(socket, 'close')]).then(() => true)
  const inTime = await Promise.race([ended, sleep(PATIENCE_MS, false)])
  socket.destroy()
  return inTime
}
