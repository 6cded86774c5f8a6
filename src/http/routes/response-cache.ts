import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Source } from '../../recommender/recommender.js'
import { describeReply, type MediaType } from './reply.js'

/** Answers given before, by `ETag`. The model never changes within a process, so they stay right as long as it lives. */
export type ResponseCache = LRUCache<string, CachedResponse>

export interface CachedResponse {
  type: MediaType
  source: Source
  payload: string
}

/** Rough size of an entry besides its texts: its objects and its place in the cache. */
const OVERHEAD = 300

/** @param maxBytes of memory, give or take what the engine adds; 0 makes no cache */
export function responseCache(maxBytes: number): ResponseCache | undefined {
  if (maxBytes === 0) return undefined
  return new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ payload }, etag) => payload.length + etag.length + OVERHEAD })
}

/** Replies with the cached answer, at the end of this turn of the event loop, if there is one. */
export function replyFromCache(cache: ResponseCache, reply: FastifyReply, etag: string): boolean {
  const cached = cache.get(etag)
  if (!cached) return false
  atEndOfTurn(() => {
    describeReply(reply, cached.type, cached.source)
    reply.send(cached.payload)
  })
  return true
}

let tasks: (() => void)[] = []

/** Replies that leave together cost less than one by one. */
function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) > 1) return
  setImmediate(() => {
    const now = tasks
    tasks = []
    for (const task of now) task()
  })
}
