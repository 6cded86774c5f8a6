/** As many requests as `connections` make when each waits for its answer. */
export interface ClosedLoop {
  port: number
  connections: number
  seconds: number
  /** a file, a path a line */
  paths: string
}

/** `rate` requests a second, whether answers come or not. */
export interface OpenLoop {
  port: number
  rate: number
  seconds: number
  /** a file, a path a line */
  paths: string
  /** whether it is meant to be more than can be answered: then those who are refused are counted apart */
  over?: boolean
}

/** What came of a load. Times in ms. */
export interface Load {
  requests: number
  seconds: number
  p50: number
  p99: number
  p999: number
  /** of all answers: heads and bodies */
  bytes: number
  /** answers that are no 200, connections that broke, requests that timed out */
  errors: number
}

export interface Times {
  count: number
  /** ms */
  p50: number
  p99: number
  most: number
}

/** What came of an overload: who was answered with 200 and with 503, and when. */
export interface Overload {
  sent: number
  accepted: Times
  refused: Times
  /** answers of another status */
  others: number
  /** connections that ended without an answer */
  broken: number
  unanswered: number
  /** requests that found no connection, as all were waiting */
  unsent: number
  connections: number
  /** ms that the generator itself was late, p99 */
  late: number
}
