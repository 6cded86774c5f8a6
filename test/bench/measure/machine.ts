import { execFileSync } from 'node:child_process'
import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { delimiter, join } from 'node:path'
import { accessSync, constants } from 'node:fs'

/** Where figures were taken: without it they say nothing. */
export interface Machine {
  cpu: string
  cores: number
  memoryGB: number
  system: string
  node: string
  commit: string
  date: string
  /** the load average of the minute before */
  busyBefore: number
  generator: Generator
}

export type Generator = 'wrk' | 'autocannon'

export function machine(): Machine {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    busyBefore: Number(loadavg()[0].toFixed(2)),
    generator: onPath('wrk') ? 'wrk' : 'autocannon'
  }
}

export function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(dir => {
    try {
      accessSync(join(dir, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}
