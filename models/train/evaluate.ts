import { Command } from 'commander'
import { randomLcg } from 'd3-random'
import { columns } from './cli/columns.js'
import { progress } from './cli/progress.js'
import { run } from './cli/run.js'
import { type SplitResult, evaluateSplit, means } from './evaluation/evaluate-split.js'
import { bootstrap, mean } from './evaluation/metrics.js'
import { addSettings, type Options, settingsOf } from './cli/options.js'
import { write } from './export/write.js'
import { readRatings } from './data/ratings.js'
import { knownUsers, newUsers } from './evaluation/splits.js'

interface EvaluateOptions extends Options {
  ratings: string
  splits: string[]
  json?: string
}

const SPLITS = { 'known users': knownUsers, 'new users': newUsers }

await run(
  addSettings(
    new Command('npm run evaluate --')
      .description('Trains on a part of the ratings and measures how well the graph finds the rest, beside what is popular.')
      .requiredOption('--ratings <file>', 'ratings.csv: userId, movieId, rating and, if known, timestamp; .gz too')
      .option('--splits <seeds...>', 'seed texts of the splits', ['dev-1', 'dev-2', 'dev-3', 'dev-4', 'dev-5'])
      .option('--json <file>', 'write every figure there, too')
  )
    .showHelpAfterError()
    .action(evaluate)
)

async function evaluate(options: EvaluateOptions): Promise<void> {
  const ratings = await readRatings(options.ratings)
  const settings = settingsOf(options)
  const bar = progress('evaluating', 2 * options.splits.length)
  const report: Report = { settings: { ...settings }, splits: options.splits, mean: {}, interval: {}, each: {} }

  for (const [users, split] of Object.entries(SPLITS)) {
    const results: Record<string, SplitResult[]> = { popularity: [], model: [] }
    for (const seed of options.splits) {
      const { model, popularity } = await evaluateSplit(split(ratings, seed), settings, options.threads)
      results.model.push(model)
      results.popularity.push(popularity)
      bar.step(`${users}, ${seed}: NDCG@10 ${means(model)['NDCG@10'].toFixed(4)}`)
    }
    for (const [name, each] of Object.entries(results)) summarize(report, `${users}, ${name}`, each)
  }
  bar.stop()
  process.stdout.write(`${table(report)}\n`)
  if (options.json) await write(options.json, `${JSON.stringify(report, null, 2)}\n`)
}

/** Every figure by row of the table: `known users, model` and so on. */
interface Report {
  settings: Record<string, number>
  splits: string[]
  mean: Record<string, Record<string, number>>
  /** 95 % of the means, were the users others: bootstrap over users */
  interval: Record<string, Record<string, [low: number, high: number]>>
  each: Record<string, Record<string, number>[]>
}

function summarize(report: Report, row: string, results: SplitResult[]): void {
  const each = results.map(means)
  report.each[row] = each
  report.mean[row] = Object.fromEntries(Object.keys(each[0]).map(metric => [metric, mean(each.map(means => means[metric]))]))
  report.interval[row] = Object.fromEntries(
    (['NDCG@10', 'Recall@20'] as const).map(metric => [
      metric,
      bootstrap(
        results.map(({ users }) => new Map([...users].map(([user, scores]) => [user, scores[metric]]))),
        randomLcg(1)
      )
    ])
  )
}

function table({ mean, interval, splits }: Report): string {
  const metrics = Object.keys(Object.values(mean)[0])
  const cell = (row: string, metric: string): string => {
    const [low, high] = interval[row][metric] ?? []
    return mean[row][metric].toFixed(4) + (low === undefined ? '' : ` (${low.toFixed(3)}–${high.toFixed(3)})`)
  }
  const rows = Object.keys(mean).map(row => [row, ...metrics.map(metric => cell(row, metric))])
  return [`mean of ${splits.join(', ')}; 95 % intervals by bootstrap over users`, columns([['', ...metrics], ...rows])].join('\n')
}
