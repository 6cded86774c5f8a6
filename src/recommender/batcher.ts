export interface BatcherLimits {
  /** most inputs in one batch */
  maxBatch: number
  /** most inputs that wait for a batch; groups get half of that */
  maxQueue: number
  /** longest time to wait for a batch, as estimated from the batches before */
  maxQueueMs: number
  /** most batches that run at the same time; a second one keeps the runner from idling between two */
  maxInFlight: number
  /** longest time from a call to its answer, give or take a tenth */
  maxWaitMs: number
}

/** Refused because too many are waiting already, or because those would take too long. */
export class QueueFull extends Error {
  constructor() {
    super('too many are waiting already')
  }
}

/** One for all: under an overload, a stack for each would cost as much as an answer. */
const FULL = new QueueFull()

/** Not answered in time. The batch may still run, and its answer is dropped. */
export class TookTooLong extends Error {
  constructor(readonly ms: number) {
    super(`there was no answer within ${ms} ms`)
  }
}

/** Groups leave this share of the queue to single calls, so that a few large groups never crowd out everybody else. */
const SHARE_OF_SINGLE_CALLS = 0.5

/** The rest of the time goes by unseen before that, in the sockets, and after it, until the answer is made and sent. */
const SHARE_OF_WAITING = 0.5

/** Where batches have been about this size, calls come one at a time: then the next one waits for nobody. */
const ALONE = 1.05

/** What the last batch counts in the usual size. */
const NEWEST = 1 / 16

/** Splitting a queue into smaller batches than this costs more than running them side by side saves. */
const WORTH_SHARING = 16

interface Waiting<In, Out> {
  input: In
  group: object | undefined
  since: number
  resolve(output: Out): void
  reject(error: unknown): void
}

/**
 * Single calls in, batch calls out. It never waits for a batch to fill: calls of one turn of the event loop go together,
 * and calls that come while batches run form the next one. A long queue is shared between the batches that may run at
 * the same time, so that one is answered while the next one runs. Where calls have come one at a time for a while, the next
 * one does not wait for the end of its turn.
 *
 *     submit ─┐
 *     submit ─┼─ queue ── setImmediate ──> run([…]) ──> every caller of the batch in the same turn
 *     submit ─┘    └── QueueFull
 */
export class Batcher<In, Out> {
  #queue: Waiting<In, Out>[] = []
  /** An array: where a set has changed, its old table points to the new one, and what they held outlives it once a table is old. */
  readonly #inFlight: Waiting<In, Out>[][] = []
  #scheduled = false
  /** of batches, on average; at first, others may come */
  #usualSize = 2
  #msPerInput = 0
  #lastEnd = 0
  // One clock for all calls: a timer and an abort signal for each would cost more than everything else here.
  #clock: NodeJS.Timeout | undefined

  /**
   * @param run gives an output for each input, in their order, or an error for one that fails alone; if it fails itself, only the
   *   callers of this batch fail
   */
  constructor(
    readonly run: (inputs: In[]) => Promise<(Out | Error)[]>,
    readonly limits: BatcherLimits
  ) {}

  /** how many inputs wait for a batch */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Checks that a whole group of calls has room, before its first one is submitted in the same turn of the event loop.
   *
   * @throws QueueFull
   */
  admit(size: number): void {
    if (!this.#hasRoom(size, 1 - SHARE_OF_SINGLE_CALLS)) throw FULL
  }

  /**
   * @param group calls of one turn with the same group stay in one batch; they have been admitted together
   * @param since when the request came that this is a further step of
   * @throws QueueFull, TookTooLong
   */
  submit(input: In, group?: object, since = performance.now()): Promise<Out> {
    if (group === undefined && !this.#hasRoom(1, 1)) return Promise.reject(FULL)
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, group, since, resolve, reject })
      this.#clock ??= setInterval(() => this.#refuseLate(), this.limits.maxWaitMs / 10).unref()
      // Under an overload the turn may last long. A group is whole at its end only.
      if (group === undefined && (this.#queue.length >= this.limits.maxBatch || this.#isAlone())) this.#dispatch()
      else this.#schedule()
    })
  }

  #isAlone(): boolean {
    return this.#usualSize < ALONE && this.#inFlight.length === 0 && !this.#scheduled
  }

  /** @param share of the queue, in number and in time */
  #hasRoom(size: number, share: number): boolean {
    const { maxQueue, maxQueueMs } = this.limits
    const waiting = this.#queue.length
    return waiting + size <= maxQueue * share && waiting * this.#msPerInput <= maxQueueMs * SHARE_OF_WAITING * share
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight.length >= this.limits.maxInFlight) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#inFlight.length < this.limits.maxInFlight) {
      const batch = this.#take()
      this.#usualSize += NEWEST * (batch.length - this.#usualSize)
      this.#inFlight.push(batch)
      void this.#answer(batch).finally(() => {
        this.#inFlight.splice(this.#inFlight.indexOf(batch), 1)
        if (this.#queue.length >= this.limits.maxBatch) this.#dispatch()
        else if (this.#queue.length > 0) this.#schedule()
      })
    }
  }

  #refuseLate(): void {
    const before = performance.now() - this.limits.maxWaitMs
    const late = ({ since }: Waiting<In, Out>): boolean => since < before
    for (const batch of [...this.#inFlight, this.#queue]) {
      for (const waiting of batch) if (late(waiting)) waiting.reject(new TookTooLong(this.limits.maxWaitMs))
    }
    this.#queue = this.#queue.filter(waiting => !late(waiting))
    if (this.#queue.length > 0 || this.#inFlight.length > 0) return
    clearInterval(this.#clock)
    this.#clock = undefined
  }

  #take(): Waiting<In, Out>[] {
    const free = this.limits.maxInFlight - this.#inFlight.length
    const share = Math.max(WORTH_SHARING, Math.ceil(this.#queue.length / free))
    let size = Math.min(this.#queue.length, this.limits.maxBatch, share)
    while (size < this.#queue.length && this.#queue[size].group !== undefined && this.#queue[size].group === this.#queue[size - 1].group)
      size++
    return this.#queue.splice(0, size)
  }

  async #answer(batch: Waiting<In, Out>[]): Promise<void> {
    const start = performance.now()
    try {
      const outputs = await this.run(batch.map(({ input }) => input))
      if (outputs.length !== batch.length) throw new Error(`expected ${batch.length} outputs, one for each input, found ${outputs.length}`)
      this.#learnPace(batch.length, start)
      for (let i = 0; i < batch.length; i++) {
        const output = outputs[i]
        if (output instanceof Error) batch[i].reject(output)
        else batch[i].resolve(output)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
  /**
   * Batches in flight run one after the other, so a batch begins when the one before it ends. Large batches count most:
   * a long queue goes in large batches, and an input of a small one takes longer.
   */
  #learnPace(size: number, start: number): void {
    const end = performance.now()
    const ms = (end - Math.max(start, this.#lastEnd)) / size
    this.#msPerInput += (size / (size + this.limits.maxBatch)) * (ms - this.#msPerInput)
    this.#lastEnd = end
  }
}
