import { columns } from '../../../models/train/cli/columns.js'
import type { Versus } from '../measure/against.js'
import { figure } from './table.js'

export function againstTable(all: Versus[], dir: string): string {
  const head = ['connections', 'requests/s', 'there', '×', 'CPU µs', 'there', '×', 'p99 ms', 'there', '×', 'errors', 'there']
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
  return `${columns([head, ...rows], 'right')}\nthere: ${dir}; ×: here by there, the median of the rounds' ratios`
}
