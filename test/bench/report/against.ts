import { columns } from '../../../cli/columns.js'
import type { Versus } from '../measure/against.js'
import { figure } from './table.js'

export function againstTable(all: Versus[], dir: string): string {
  const head = ['connections', 'requests/s here', dir, '×', 'CPU µs here', dir, '×', 'p99 ms here', dir, '×', 'errors here', dir]
  const rows = all.map(({ connections, here, there, ratios }) =>
    [
      connections,
      here.rps,
      there.rps,
      ratios.rps,
      here.cpu,
      there.cpu,
      ratios.cpu,
      here.p99,
      there.p99,
      ratios.p99,
      here.errors,
      there.errors
    ].map(figure)
  )
  return `${columns([head, ...rows], 'right')}\n×: this checkout by ${dir}, the median of the rounds' ratios`
}
