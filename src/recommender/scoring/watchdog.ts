import { TookTooLong } from '../batcher.js'
import type { Scorer } from './scorer.js'

/** A run is taken for hung after so many ticks, not after a time: a process that was frozen must not find its runs hung when it thaws. */
const TICKS = 10

/**
 * The same scorer, under a limit for each run. Nobody can end a run that hangs inside ONNX Runtime, so one that takes
 * longer is a failure of the scorer: its callers and all that come later are refused, and the process has to end.
 *
 * @param onHung is called once
 */
export function watch(scorer: Scorer, limitMs: number, onHung: (error: Error) => void): Scorer {
  const runs: Run[] = []
  let hung = false
  const clock = setInterval(() => {
    for (const run of runs) run.ticks++
    if (!runs.some(({ ticks }) => ticks > TICKS)) return
    clearInterval(clock)
    hung = true
    for (const { reject } of runs) reject(new TookTooLong(limitMs))
    onHung(new Error(`scoring hangs: a run has not ended within ${limitMs} ms`))
  }, limitMs / TICKS).unref()

  const limited =
    <In, Out>(score: (input: In) => Promise<Out>): ((input: In) => Promise<Out>) =>
    input =>
      new Promise((resolve, reject) => {
        if (hung) return reject(new TookTooLong(limitMs))
        const run = { ticks: 0, reject }
        runs.push(run)
        void score(input)
          .then(resolve, reject)
          .finally(() => runs.splice(runs.indexOf(run), 1))
      })
  return {
    takesWeights: scorer.takesWeights,
    warnings: scorer.warnings,
    score: limited(queries => scorer.score(queries)),
    scoreByLikeness: limited(queries => scorer.scoreByLikeness(queries)),
    scoreCandidates: limited(candidates => scorer.scoreCandidates(candidates)),
    close() {
      clearInterval(clock)
      return scorer.close()
    }
  }
}

interface Run {
  ticks: number
  reject(error: Error): void
}
