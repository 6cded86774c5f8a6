import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What a process and those that it started have used so far, together; NaN where the system does not say. */
export interface Usage {
  /** CPU time, µs: of all threads, and of the main ones */
  cpu: number
  main: number
  /** MB of memory now and at most. What processes share counts for each of them */
  rss: number
  peak: number
}

/** In Linux' fixed unit for /proc, a hundredth of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK = 10_000

export function usage(pid: number): Usage {
  const each = processTree(pid).map(usageOfOne)
  const sum = (name: keyof Usage): number => each.reduce((total, usage) => total + usage[name], 0)
  return { cpu: sum('cpu'), main: sum('main'), rss: sum('rss'), peak: sum('peak') }
}

function processTree(pid: number): number[] {
  const children = tasksOf(pid).flatMap(task => read(`/proc/${pid}/task/${task}/children`).match(/\d+/g) ?? [])
  return [pid, ...children.map(Number).flatMap(processTree)]
}

function usageOfOne(pid: number): Usage {
  return {
    cpu: ticks(`/proc/${pid}/stat`) * TICK,
    main: ticks(`/proc/${pid}/task/${pid}/stat`) * TICK,
    rss: status(pid, 'VmRSS'),
    peak: status(pid, 'VmHWM')
  }
}

/** CPU time, µs, of each thread by its id. */
export function threadTimes(pid: number): Map<string, number> {
  return new Map(tasksOf(pid).map(id => [id, ticks(`/proc/${pid}/task/${id}/stat`) * TICK]))
}

function tasksOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`
  return existsSync(tasks) ? readdirSync(tasks) : []
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
