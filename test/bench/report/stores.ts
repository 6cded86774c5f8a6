import { columns } from '../../../models/train/cli/columns.js'
import type { Stored } from '../measure/stores.js'
import { figure } from './table.js'

export function storesTable(all: Stored[]): string {
  const head = ['store', 'requests/s', '×', 'CPU µs', '×', 'p99 ms', 'errors', 'late reads']
  const rows = all.map(({ store, leg, ratios, late }) => [
    store,
    ...[leg.rps, ratios.rps, leg.cpu, ratios.cpu, leg.p99, leg.errors, late].map(figure)
  ])
  return `${columns([head, ...rows], 'right')}\n64 connections; ×: by the service without a store, the median of the rounds' ratios`
}
