import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Paced {
  answered: number
  /** bytes of the answers' heads and bodies */
  bytes: number
  /** of the time from when a request was due, not from when it was sent */
  p99Ms: number
}

/**
 * Requests at an even pace whether or not the earlier ones are answered, as they come from many people who do not know of
 * each other. (Autocannon sends a second's worth at once and then waits; it is for asking as fast as can be.)
 *
 * @param rate requests a second
 * @throws Error when one is not answered with 200
 */
export async function pace(url: string, paths: string[], rate: number, seconds: number): Promise<Paced> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const pending = new Set<Promise<void>>()
  const waited: number[] = []
  let bytes = 0
  const started = performance.now()
  const ask = (path: string, due: number): Promise<void> =>
    new Promise((resolve, reject) => {
      get(url + path, { agent }, response => {
        const socket = response.socket
        const before = socketBytes.get(socket) ?? 0
        response.resume().on('end', () => {
          waited.push(performance.now() - due)
          bytes += socket.bytesRead - before
          socketBytes.set(socket, socket.bytesRead)
          if (response.statusCode === 200) resolve()
          else reject(new Error(`${path}: expected 200, found ${response.statusCode}`))
        })
      }).on('error', reject)
    })
  const socketBytes = new WeakMap<object, number>()
  const total = Math.round(rate * seconds)
  for (let sent = 0; sent < total;) {
    for (; sent < total && sent <= ((performance.now() - started) * rate) / 1000; sent++) {
      const answer = ask(paths[sent % paths.length], started + (sent * 1000) / rate)
      pending.add(answer)
      void answer.finally(() => pending.delete(answer)).catch(() => {})
    }
    await sleep(1)
  }
  await Promise.all(pending)
  agent.destroy()
  waited.sort((a, b) => a - b)
  return { answered: waited.length, bytes, p99Ms: waited[Math.floor(waited.length * 0.99)] }
}
