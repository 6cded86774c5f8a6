import type { Observer } from '../recommender/recommender.js'

/** A request that has been answered. Its labels are few and bounded: routes, not URLs, and nobody's id. */
export interface Answered {
  route: string
  method: string
  status: number
  seconds: number
  /** how many requests wait to be scored at that time */
  waiting: number
}

/** What the service tells about itself, wherever the figures go. */
export interface Metrics extends Observer {
  answered(request: Answered): void
  refused(reason: string): void
}
