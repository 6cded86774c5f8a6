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
