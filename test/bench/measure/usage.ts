import { readdirSync, readFileSync } from 'node:fs'

/** What a process has used so far; NaN where the system does not say. */
export interface Usage {
  /** CPU time, µs: of all threads, and of the main one */
  cpu: number
  main: number
  /** MB of memory now and at most */
  rss: number
  peak: number
}

/** In Linux' fixed unit for /proc, a hundredth of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK = 10_000

export function usage(pid: number): Usage {
  return {
    cpu: ticks(`/proc/${pid}/stat`) * TICK,
    main: ticks(`/proc/${pid}/task/${pid}/stat`) * TICK,
    rss: status(pid, 'VmRSS'),
    peak: status(pid, 'VmHWM')
  }
}

/** CPU time, µs, of each thread by its id. */
export function threadTimes(pid: number): Map<string, number> {
  const tasks = `/proc/${pid}/task`
  return new Map(readdirSync(tasks).map(id => [id, ticks(`${tasks}/${id}/stat`) * TICK]))
}

function ticks(file: string): number {
  // What follows the name in parentheses, which may hold anything: utime and stime are fields 14 and 15 of all.
  const fields = read(file).split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

function status(pid: number, name: string): number {
  const kB = read(`/proc/${pid}/status`).match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1]
  return Number(kB) / 1000
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
