import { type CircuitBreakerPolicy, circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import {
  type HistoryStore,
  type LiveHistory,
  type LiveRating,
  NOTHING_LIVE,
  type Operation,
  type Order,
  StoreUnavailable
} from './store.js'

/** Learns how the store does, for metrics and the log. */
export interface StoreObserver {
  storeAsked(operation: Operation, seconds: number, failed: boolean): void
  /** It is gone, or back. @param why the last request failed, if it is gone */
  storeAvailable(isAvailable: boolean, why?: Error): void
}

const STALE: LiveHistory = { ...NOTHING_LIVE, isStale: true }

/** After so many failures in a row nothing is asked, but one request in each such time, to see whether the store is back. */
const FAILURES = 5
const PAUSE_MS = 1_000
/** Ratings in memory, some 100 bytes each. */
const MOST_KNOWN = 100_000
/** A write may take longer than a read: nobody can go on without it. */
const WRITE_PATIENCE = 10

/**
 * Live histories as requests need them: in a bounded time, and without harm where the store is slow or gone. What is read in one
 * turn of the event loop is read together.
 */
export class LiveHistories {
  readonly #breaker: CircuitBreakerPolicy = circuitBreaker(handleAll, {
    halfOpenAfter: PAUSE_MS,
    breaker: new ConsecutiveBreaker(FAILURES)
  })
  /** What was read last: what has not changed since is not sent, read or worked out again. */
  readonly #known = new LRUCache<string, LiveHistory>({ maxSize: MOST_KNOWN, sizeCalculation: ({ ratings }) => ratings.length + 1 })
  readonly #loader: DataLoader<string, LiveHistory>
  #isAvailable = true

  constructor(
    private readonly store: HistoryStore,
    private readonly timeoutMs: number,
    private readonly observer: StoreObserver
  ) {
    this.#loader = new DataLoader(userIds => this.#ask('read', timeoutMs, () => this.#read(userIds)), {
      cache: false,
      batchScheduleFn: read => setImmediate(read)
    })
    this.#breaker.onBreak(reason => this.#tell(false, 'error' in reason ? (reason.error as Error) : undefined))
    this.#breaker.onReset(() => this.#tell(true))
  }

  /** The histories of these users, in their order. It never rejects: where the store does not answer, they are stale. */
  read(userIds: readonly string[]): Promise<LiveHistory[]> {
    return this.readAll(userIds).catch(() => userIds.map(() => STALE))
  }

  /** The same for who cannot do without. @throws StoreUnavailable */
  readAll(userIds: readonly string[]): Promise<LiveHistory[]> {
    return Promise.all(userIds.map(userId => this.#loader.load(userId)))
  }

  /** When it resolves, the next read of any instance sees it. @throws StoreUnavailable: it may have been written, or not */
  write(userId: string, rating: LiveRating, order?: Order): Promise<void> {
    return this.#ask('write', this.timeoutMs * WRITE_PATIENCE, () => this.store.write(userId, rating, order))
  }

  /** @throws StoreUnavailable, as before */
  forget(userId: string): Promise<void> {
    this.#known.delete(userId)
    return this.#ask('forget', this.timeoutMs * WRITE_PATIENCE, () => this.store.forget(userId))
  }

  close(): Promise<void> {
    return this.store.close()
  }

  async #read(userIds: readonly string[]): Promise<LiveHistory[]> {
    const histories = await this.store.read(userIds, userId => this.#known.get(userId))
    for (const [i, userId] of userIds.entries()) if (this.#known.peek(userId) !== histories[i]) this.#known.set(userId, histories[i])
    return histories
  }

  async #ask<Result>(operation: Operation, limitMs: number, ask: () => Promise<Result>): Promise<Result> {
    const start = performance.now()
    let failed = true
    try {
      const result = await this.#breaker.execute(() => within(ask(), limitMs))
      failed = false
      return result
    } catch (error) {
      throw new StoreUnavailable((error as Error).message, { cause: error })
    } finally {
      this.observer.storeAsked(operation, (performance.now() - start) / 1000, failed)
    }
  }

  #tell(isAvailable: boolean, why?: Error): void {
    if (isAvailable === this.#isAvailable) return
    this.#isAvailable = isAvailable
    this.observer.storeAvailable(isAvailable, why)
  }
}

/** After a long turn of the event loop the answer may be there already, unread: so sockets are looked at once more before it is late. */
async function within<Result>(answer: Promise<Result>, limitMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error(`no answer within ${limitMs} ms`))), limitMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
