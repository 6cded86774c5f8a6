import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** State in shared memory, and whose turn it is. */
export interface Shared {
  /** [1]: the next chunk that no thread has taken */
  next: Int32Array
}

/** Does one task of a kernel, together with the other threads: each takes chunks until none is left. */
export type Work<State extends Shared, Task> = (state: State, task: Task) => void

const CHUNKS = 128

/** Rows are shared out in at most this many chunks, however many threads there are: so the result does not depend on them. */
export const chunksOf = (rows: number): number => Math.min(CHUNKS, rows)

/** Gives each chunk of rows that no other thread has taken to `body`. */
export function takeChunks({ next }: Shared, rows: number, body: (chunk: number, from: number, to: number) => void): void {
  const chunks = chunksOf(rows)
  for (let chunk = Atomics.add(next, 0, 1); chunk < chunks; chunk = Atomics.add(next, 0, 1)) {
    body(chunk, Math.floor((chunk * rows) / chunks), Math.floor(((chunk + 1) * rows) / chunks))
  }
}

export const firstTurn = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))

/**
 * Gives `body` a function that runs one task on this thread and `helpers` more, and ends those afterwards.
 *
 * @param kernel the address of the module that exports `work`
 */
export async function withThreads<State extends Shared, Task, Result>(
  kernel: URL,
  work: Work<State, Task>,
  state: State,
  helpers: number,
  body: (run: (task: Task) => Promise<void>) => Promise<Result>
): Promise<Result> {
  const worker = new URL('./worker.js', import.meta.url)
  const workers = Array.from({ length: helpers }, () => new Worker(worker, { workerData: { kernel: kernel.href, state } }))
  try {
    return await body(async task => {
      state.next[0] = 0
      const done = workers.map(worker => once(worker, 'message'))
      for (const worker of workers) worker.postMessage(task)
      work(state, task)
      await Promise.all(done)
    })
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}
