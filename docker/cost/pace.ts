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
  const total = Math.round(rate * seconds)
  const started = performance.now()
  const answers: Promise<Answer>[] = []
  while (answers.length < total) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - started) * rate) / 1000))
    for (let i = answers.length; i < due; i++) answers.push(ask(url + paths[i % paths.length], agent, started + (i * 1000) / rate))
    await sleep(1)
  }
  const all = await Promise.allSettled(answers)
  agent.destroy()
  const failed = all.find(answer => answer.status === 'rejected')
  if (failed) throw failed.reason
  const answered = all.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
  const waited = answered.map(({ ms }) => ms).sort((a, b) => a - b)
  return {
    answered: answered.length,
    bytes: answered.reduce((sum, { bytes }) => sum + bytes, 0),
    p99Ms: waited[Math.floor(waited.length * 0.99)]
  }
}

interface Answer {
  ms: number
  bytes: number
}

/** How much of each connection has been read, so that an answer's head is counted as well as its body. */
const read = new WeakMap<object, number>()

function ask(url: string, agent: Agent, due: number): Promise<Answer> {
  const asked = new Promise<Answer>((resolve, reject) => {
    get(url, { agent })
      .on('response', response => {
        const { socket, statusCode } = response
        response.resume().on('end', () => {
          const bytes = socket.bytesRead - (read.get(socket) ?? 0)
          read.set(socket, socket.bytesRead)
          if (statusCode === 200) resolve({ ms: performance.now() - due, bytes })
          else reject(new Error(`${url}: expected 200, found ${statusCode}`))
        })
      })
      .on('error', reject)
  })
  // it is looked at in the end; until then nobody minds
  asked.catch(() => {})
  return asked
}
