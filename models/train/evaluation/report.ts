import { randomLcg } from 'd3-random'
import { columns } from '../cli/columns.js'
import { means, type Result, type Results } from './evaluate-split.js'
import { bootstrap, mean } from './metrics.js'

/** The metrics with intervals. */
const WITH_INTERVAL = ['NDCG@10', 'Recall@20'] as const
/** What a model is compared with, in pairs of the same users. */
const AGAINST = 'EASE'

type Interval = [low: number, high: number]

/** Every figure by row of the table: `known users, model` and so on. */
export interface Report {
  mean: Record<string, Record<string, number>>
  /** 95 % of the means, were the users others: bootstrap over users */
  interval: Record<string, Record<string, Interval>>
  /** how much more than EASE, with the same users: the mean, and 95 % of it */
  overEase: Record<string, Record<string, { mean: number; interval: Interval }>>
  each: Record<string, Record<string, number>[]>
}

/** @param splits the results of each split; a kind of people may be missing in some */
export function reportOf(splits: Results[]): Report {
  const report: Report = { mean: {}, interval: {}, overEase: {}, each: {} }
  for (const kind of new Set(splits.flatMap(results => Object.keys(results)))) {
    const found = splits.map(results => results[kind]).filter(Boolean)
    for (const ranker of Object.keys(found[0])) addRow(report, `${kind}, ${ranker}`, found, ranker)
  }
  return report
}

function addRow(report: Report, row: string, splits: Record<string, Result>[], ranker: string): void {
  const each = splits.map(results => means(results[ranker]))
  report.each[row] = each
  report.mean[row] = Object.fromEntries(Object.keys(each[0]).map(metric => [metric, mean(each.map(means => means[metric]))]))
  report.interval[row] = {}
  for (const metric of WITH_INTERVAL) report.interval[row][metric] = bootstrap(valuesOf(splits, ranker, metric), randomLcg(1))
  if (ranker === AGAINST || !splits.every(results => results[AGAINST])) return
  report.overEase[row] = {}
  for (const metric of WITH_INTERVAL) {
    const theirs = valuesOf(splits, AGAINST, metric)
    const more = valuesOf(splits, ranker, metric).map(
      (mine, i) => new Map([...mine].map(([user, value]) => [user, value - theirs[i].get(user)!]))
    )
    report.overEase[row][metric] = { mean: mean(more.map(split => mean([...split.values()]))), interval: bootstrap(more, randomLcg(1)) }
  }
}

const valuesOf = (splits: Record<string, Result>[], ranker: string, metric: (typeof WITH_INTERVAL)[number]): Map<number, number>[] =>
  splits.map(results => new Map([...results[ranker].scores].map(([user, scores]) => [user, scores[metric]])))

export function tableOf({ mean, interval, overEase }: Report): string {
  const metrics = Object.keys(Object.values(mean)[0])
  const cell = (row: string, metric: string): string => {
    const range = interval[row][metric]
    return mean[row][metric].toFixed(4) + (range ? ` (${range.map(value => value.toFixed(3)).join('–')})` : '')
  }
  const over = (row: string, metric: string): string => {
    const found = overEase[row]?.[metric]
    return found ? `${signed(found.mean, 4)} [${found.interval.map(value => signed(value, 3)).join(', ')}]` : ''
  }
  const heads = ['', ...metrics, ...(Object.keys(overEase).length > 0 ? WITH_INTERVAL.map(metric => `${metric} over EASE`) : [])]
  const rows = Object.keys(mean).map(row => [
    row,
    ...metrics.map(metric => cell(row, metric)),
    ...WITH_INTERVAL.map(metric => over(row, metric))
  ])
  return columns([heads, ...rows.map(row => row.slice(0, heads.length))], 'right')
}

const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
