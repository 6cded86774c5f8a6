import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { App } from '../app.js'

/** Answers that were given before. The model never changes within a process, so they hold as long as it lives. */
export interface Kept {
  /** Sends the answer with this `ETag` at the end of the turn, if it is kept. */
  sends(reply: FastifyReply, etag: string): boolean
}

interface Answer {
  headers: Record<string, string>
  payload: string
}

/** Of what makes up an answer, what the routes set themselves; the rest belongs to the request. */
const HEADERS = ['x-recommendation-source', 'content-type', 'vary']

/** What an entry takes besides its texts: roughly, its objects and its place in the cache. */
const OVERHEAD = 300

/** @param maxBytes of memory, give or take what the engine adds */
export function keepAnswers(app: App, maxBytes: number): Kept {
  const answers = new LRUCache<string, Answer>({
    maxSize: maxBytes,
    sizeCalculation: ({ payload }, etag) => payload.length + etag.length + OVERHEAD
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    const etag = reply.getHeader('etag') as string | undefined
    if (etag && reply.statusCode === 200 && typeof payload === 'string' && reply.hasHeader(HEADERS[0]) && !answers.has(etag)) {
      answers.set(etag, { headers: Object.fromEntries(HEADERS.map(name => [name, String(reply.getHeader(name))])), payload })
    }
    done()
  })
  const soon = together()
  return {
    sends(reply, etag) {
      const answer = answers.get(etag)
      if (!answer) return false
      soon(() => void reply.headers(answer.headers).send(answer.payload))
      return true
    }
  }
}

/** Runs what is handed to it in one turn of the event loop: answers that leave together cost less than one by one. */
function together(): (task: () => void) => void {
  let tasks: (() => void)[] = []
  const run = (): void => {
    const now = tasks
    tasks = []
    for (const task of now) task()
  }
  return task => {
    if (tasks.push(task) === 1) setImmediate(run)
  }
}
