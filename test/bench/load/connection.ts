import { createConnection, type Socket } from 'node:net'

/**
 * A kept connection that sends one GET at a time and reads no more of the answer than its status and its end: a load
 * generator beside the service must cost less than the service.
 */
export class Connection {
  readonly #socket: Socket
  #read = ''
  #answered: ((status: number, bytes: number) => void) | undefined

  /** @param onBroken is told when the connection ends or cannot be made, and whether an answer was due */
  constructor(port: number, onBroken: (isWaiting: boolean) => void) {
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.setEncoding('latin1').on('data', chunk => this.#take(String(chunk)))
    this.#socket.on('error', () => {}).on('close', () => onBroken(this.#answered !== undefined))
  }

  /** @param answered is told the status, and the bytes of head and body */
  send(path: string, answered: (status: number, bytes: number) => void): void {
    this.#answered = answered
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy()
  }

  #take(chunk: string): void {
    this.#read += chunk
    const head = this.#read.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#read)?.[1])
    if (!(this.#read.length >= head + 4 + length)) return
    const status = Number(this.#read.slice(9, 12))
    const bytes = this.#read.length
    const answered = this.#answered
    this.#read = ''
    this.#answered = undefined
    answered?.(status, bytes)
  }
}
