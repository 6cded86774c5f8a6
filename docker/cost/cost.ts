import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { columns } from '../../models/train/cli/columns.js'
import { number, whole } from '../../models/train/cli/parsers.js'
import { run } from '../../models/train/cli/run.js'
import { type Assumptions, type Bill, DEFAULTS, NETWORKS, type World } from './bill.js'
import { readCapacity } from './capacity.js'
import { dailyLoad, type DailyLoad, PEAK_RATIO } from './daily-load.js'
import { readPrices } from './price-list.js'
import { Prices } from './prices.mjs'
import { VCPUS } from './servers.js'
import { bills } from './targets.js'

interface Options extends Assumptions {
  requestsPerDay?: number
  peak?: number
  json?: boolean
  svg?: string
}

await run(
  new Command('npm run cost --')
    .description('What a month of this service costs at each target, from list prices and from what the service was measured to take.')
    .option('--requests-per-day <n>', 'how many recommendations a day', number(1, 1e10))
    .option('--peak <rate>', `requests in the busiest second (default: ${PEAK_RATIO} times the mean)`, number(1e-6, 1e6))
    .option('--utilisation <share>', 'how busy an instance may be at the peak', number(0.05, 1), DEFAULTS.utilisation)
    .option('--instances <n>', 'least number of instances; 2 survive the loss of one', whole(1, 100), DEFAULTS.instances)
    .option('--vcpu <n>', `only instances of this size, ${VCPUS.join(', ')} (default: the cheapest)`, number(0.01, 1e3))
    .option('--lambda-memory <MB>', 'only functions of this size, one that was measured (default: the cheapest)', whole(128, 10240))
    .addOption(
      new Option('--arch <arch>', 'of ECS Express Mode, the Spot mix and Lambda').choices(['amd64', 'arm64']).default(DEFAULTS.arch)
    )
    .addOption(new Option('--network <way>', 'by which tasks on Fargate reach AWS').choices(NETWORKS).default(DEFAULTS.network))
    .option('--alb-share <share>', 'of the load balancer that this service pays: 1 for one of its own', number(0, 1), DEFAULTS.albShare)
    .option('--spot-share <share>', 'of the tasks above the least number', number(0, 1), DEFAULTS.spotShare)
    .option('--requests-per-connection <n>', 'that a client sends', number(1, 1e6), DEFAULTS.requestsPerConnection)
    .option('--lambda-overhead-ms <ms>', "of Lambda's runtime, in each invocation", number(0, 1000), DEFAULTS.lambdaOverheadMs)
    .option('--ratings-per-answer <n>', 'that live histories in DynamoDB keep (default: there are none)', number(0, 1000))
    .option('--no-free-tier', 'leave out what is free each month')
    .option('--no-logs', 'without a log line for each request: LOG_LEVEL=warn and, on Lambda, an empty METRICS_NAMESPACE')
    .option('--json', 'print figures instead of a table')
    .option('--svg <file>', 'draw cost against load for every target')
    .showHelpAfterError()
    .action(cost)
)

async function cost({ requestsPerDay, peak, json, svg, ...assumptions }: Options): Promise<void> {
  if (peak !== undefined && requestsPerDay === undefined) throw new Error('--peak: expected --requests-per-day with it')
  if (requestsPerDay === undefined && svg === undefined)
    throw new Error('Nothing to do: expected --requests-per-day N or --svg FILE. --help names every option.')
  const load = requestsPerDay === undefined ? undefined : dailyLoad(requestsPerDay, peak)
  const world: World = { prices: new Prices(await readPrices()), capacity: await readCapacity(), assumptions }
  refuseSizes(world)
  if (load) {
    const all = bills(load, world)
    process.stdout.write(
      json
        ? `${JSON.stringify({ load: { requestsPerDay, peak: load.peak }, assumptions, bills: all }, null, 2)}\n`
        : report(load, all, world)
    )
  }
  // Drawing brings a second of libraries along: they are loaded only for that.
  if (svg !== undefined) await writeFile(svg, await (await import('./chart.js')).chart(world))
}

function refuseSizes({ capacity, assumptions: { lambdaMemory, vcpu } }: World): void {
  if (vcpu !== undefined && !VCPUS.includes(vcpu)) throw new Error(`--vcpu ${vcpu}: expected one of ${VCPUS.join(', ')}`)
  const measured = Object.keys(capacity.lambda.billedMs)
  if (lambdaMemory !== undefined && !measured.includes(`${lambdaMemory}`))
    throw new Error(`--lambda-memory ${lambdaMemory}: expected one of the sizes that were measured, ${measured.join(', ')}`)
}

function report(load: DailyLoad, all: Bill[], { prices: { list }, capacity, assumptions }: World): string {
  const usd = (value: number): string => (value > 0 && value < 0.005 ? '<0.01' : value.toFixed(2))
  const made = (parts: Record<string, number>): string =>
    Object.entries(parts)
      .filter(([, value]) => value >= 0.005)
      .map(([name, value]) => `${name} ${usd(value)}`)
      .join(', ')
  const rows = all.map(({ target, size, parts, total, beyond }) => [target, beyond ? '-' : usd(total), size, beyond ?? made(parts)])
  const { server, lambda } = capacity
  return `${[
    `${load.requestsPerDay.toLocaleString('en')} requests a day, ${Number(load.peak.toPrecision(3))} in the busiest second; list prices of ${list.region}, read ${list.read}`,
    '',
    columns([['target', 'USD a month', 'runs', 'made of'], ...rows]),
    '',
    `Measured ${capacity.measured} on ${capacity.machine}: ${server.requestsPerVcpuSecond} requests a vCPU-second,`,
    `${server.usableVcpus} vCPUs at most in a process; ${lambda.invocationMs} ms an invocation, and ${assumptions.lambdaOverheadMs} ms more assumed for Lambda's runtime.`,
    `Instances are at most ${100 * assumptions.utilisation} % busy. Not every price is verified: docker/cost/prices.json says which; docs/targets.md, what is left out.`
  ].join('\n')}\n`
}
