import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** One more of `total` steps is done. */
  step(note: string): void
  stop(): void
}

/** A bar with what is left of the time on a terminal, a plain line for each step elsewhere. */
export function progress(label: string, total: number, out: NodeJS.WriteStream = process.stderr): Progress {
  if (!out.isTTY) {
    let done = 0
    return { step: note => void out.write(`${label} ${++done}/${total} ${note}\n`), stop: () => {} }
  }
  const bar = new SingleBar(
    { stream: out, format: `${label} {bar} {value}/{total} · {note} · {eta_formatted} left` },
    Presets.shades_classic
  )
  bar.start(total, 0, { note: '' })
  return { step: note => bar.increment({ note }), stop: () => bar.stop() }
}
