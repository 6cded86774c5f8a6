import { columns } from '../../../models/train/cli/columns.js'
import type { Start } from '../measure/starts.js'
import { figure } from './table.js'

export function startsTable(starts: Record<string, Start>): string {
  const rows = Object.entries(starts).map(([side, { ms, cpu, rss }]) => [side, ...[ms, cpu, rss].map(figure)])
  return `${columns([['start', 'ms', 'CPU ms', 'RSS MB'], ...rows], 'right')}\na server until it has answered, a function until it can be called; medians`
}
