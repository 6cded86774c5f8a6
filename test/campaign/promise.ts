/** How much is tried: what fits into a minute or two beside the tests, or what takes an hour. */
export type Form = 'short' | 'long'

export interface Outcome {
  /** what was measured, as a table shows it */
  figure: string
  holds: boolean
}

/** What the service promises, and an attempt to break it. */
export interface Promised {
  /** one word, to choose it by */
  name: string
  sentence: string
  /** @param say is told what was found on the way */
  attempt(form: Form, say: (text: string) => void): Promise<Outcome>
}

export interface Place {
  /** a folder of its own, which is removed at the end */
  dir: string
  /** a model folder of ten movies, in it */
  model: string
  port: number
}

/** A promise, to be tried in a place of its own. */
export type Attack = (place: Place) => Promised
