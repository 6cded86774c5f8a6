import type { StoreObserver } from '../histories/live-histories.js'
import type { Observer } from '../recommender/recommender.js'

/** A request that has been answered. Its labels are few and bounded: a route, not a URL, and no user id. */
export interface Answered {
  route: string
  method: string
  status: number
  seconds: number
  /** how many requests wait to be scored at that moment */
  waiting: number
}

/** What the service measures of itself, wherever it is sent. */
export interface Metrics extends Observer, StoreObserver {
  answered(request: Answered): void
  refused(reason: string): void
  /** of a function: an event came that only keeps it warm */
  keptWarm?(): void
}
