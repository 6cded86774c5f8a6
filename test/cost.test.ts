import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Assumptions, type Bill, DEFAULTS, NETWORKS, type World } from '../docker/cost/bill.js'
import { readCapacity } from '../docker/cost/capacity.js'
import { chart } from '../docker/cost/chart.js'
import { changes, curves, dearerFrom } from '../docker/cost/curves.js'
import { dailyLoad, meanOverDay } from '../docker/cost/daily-load.js'
import { readPrices } from '../docker/cost/price-list.js'
import { Prices } from '../docker/cost/prices.mjs'
import { bills } from '../docker/cost/targets.js'
import { costSentence, historiesSentence } from '../docker/lib/cost.mjs'
import type { Capacity } from './bench/measure/capacity.js'
import { startNode } from './fixtures/child.js'

const list = await readPrices()
const measured = await readCapacity()
const MONTH = list.hoursInMonth / 24

/** A server that takes 1,000 requests a vCPU-second and logs and answers nothing to speak of; a function that is billed a second. */
const round: World['capacity'] = {
  ...measured,
  server: { requestsPerVcpuSecond: 1000, usableVcpus: 2, p99Ms: 10, memoryMb: 200, responseBytes: 1e-9, logBytes: 1e-9 },
  lambda: { vcpuMb: 1769, initMs: 500, invocationMs: 1000, billedMs: { 512: 1000 }, memoryMb: 200, logBytes: 1e-9 }
}
const worldWith = (assumptions: Partial<Assumptions> = {}): World => ({
  prices: new Prices(list),
  capacity: round,
  assumptions: { ...DEFAULTS, lambdaOverheadMs: 0, ...assumptions }
})

function billOf(target: string, all: Bill[]): Bill {
  const bill = all.find(bill => bill.target === target)
  if (!bill) throw new Error(`no bill of ${target}`)
  return bill
}
const cents = (usd: number): number => Math.round(usd * 100) / 100

t.test('a day sums up to what was asked for, and its busiest time is the peak', async t => {
  for (const [requests, peak] of [
    [86_400, 1],
    [86_400, 4],
    [86_400, 40],
    [1e9, 50_000]
  ]) {
    const day = dailyLoad(requests, peak)
    t.ok(Math.abs(meanOverDay(day.rates) * 86_400 - requests) < requests / 1000, `${requests} a day with a peak of ${peak}`)
    t.equal(Math.max(...day.rates), peak)
  }
  t.equal(dailyLoad(86_400).peak, 4, 'four times the mean where nobody says')
  t.throws(() => dailyLoad(86_400, 0.5), /1 a second in the mean; expected a peak from that to 50 times as much, 50/)
})

t.test('one task all month costs what others who publish such sums say', async t => {
  const all = bills(dailyLoad(1000), worldWith({ vcpu: 1 }))
  t.equal(cents(billOf('Fargate, amd64', all).parts.tasks), 36.04, 'fortem.dev: 1 vCPU and 2 GB')
  t.equal(cents(billOf('Fargate, arm64', all).parts.tasks), 28.84, 'fortem.dev: 1 vCPU and 2 GB')
  t.equal(cents(billOf('App Runner', all).parts.memory), 10.22, '2 GB, idle')
  t.equal(cents(billOf('Lightsail', all).total), 40, 'one medium node')
  t.equal(
    cents(billOf('Fargate, amd64', all).parts.ALB - 2 * 730 * 0.005),
    16.43,
    'cloud-horizons.com: a load balancer, its two addresses apart'
  )
  t.equal(cents(billOf('Fargate, amd64', bills(dailyLoad(1000), worldWith({ vcpu: 1, instances: 2 }))).parts.tasks), 72.08)
  t.equal(billOf('Fargate, amd64', bills(dailyLoad(1000), worldWith({ albShare: 0 }))).parts.ALB, 0)
})

t.test("Lambda costs what AWS's own example says: 3 million invocations of a second with 512 MB, 18.34 and 0.40", async t => {
  const { parts } = billOf('Lambda, Function URL', bills(dailyLoad(3e6 / MONTH), worldWith()))
  t.equal(cents(parts.duration), 18.34)
  t.equal(cents(parts.invocations), 0.4)
  const nothingFree = billOf('Lambda, Function URL', bills(dailyLoad(3e6 / MONTH), worldWith({ freeTier: false })))
  t.equal(cents(nothingFree.parts.duration), 25)
  t.equal(cents(nothingFree.parts.invocations), 0.6)
})

t.test('doors cost what they cost beside the function', async t => {
  const all = bills(dailyLoad(400e6 / MONTH), worldWith())
  t.equal(cents(billOf('Lambda, HTTP API', all).parts['HTTP API']), 300 + 90, '300 million at 1.00, 100 million at 0.90')
  t.equal(cents(billOf('Lambda, REST API', all).parts['REST API']), cents(333 * 3.5 + 67 * 2.8))
  t.equal(billOf('Lambda, HTTP API', all).parts.duration, billOf('Lambda, Function URL', all).parts.duration)
})

t.test('instances follow the day, but Lightsail pays for the peak all month', async t => {
  // a peak of 6,000 a second, 600 for each instance of 1 vCPU that is 60 % busy
  const all = bills(dailyLoad(86_400 * 1500), worldWith({ vcpu: 1, instances: 2 }))
  t.equal(billOf('Lightsail', all).size, '10 × medium')
  t.equal(billOf('Lightsail', all).parts.nodes, 400)
  t.equal(billOf('Fargate, amd64', all).size, '2 to 10 × 1 vCPU, 2 GB')
  const tasks = billOf('Fargate, amd64', all).parts.tasks / 36.04
  t.ok(tasks > 3 && tasks < 4.5, `${tasks} tasks in the mean, of which the load needs 2.5`)
  const spot = billOf('Fargate, part Spot', all).parts
  t.equal(
    cents(spot.tasks + spot['tasks on Spot'] / 0.4),
    cents(billOf('Fargate, amd64', all).parts.tasks),
    'the same tasks, some of them at 0.4'
  )
})

t.test('private tasks pay for a NAT gateway or for endpoints instead of addresses of their own', async t => {
  const parts = (network: Assumptions['network']) => billOf('Fargate, amd64', bills(dailyLoad(1000), worldWith({ network }))).parts
  t.match(parts('public'), { 'task addresses': 3.65 })
  t.equal(cents(parts('nat').NAT), cents(730 * 0.045 + 3.65))
  t.equal(cents(parts('endpoints').endpoints), 43.8, 'three in each of two zones, a cent an hour')
  t.notOk('task addresses' in parts('nat'))
})

t.test('docker/deploy counts the endpoint by which private tasks read their keys', async t => {
  const usd = (Network: string, KeysSecret: string) => {
    const tasks = { Size: '512-1024', MinTasks: '2', OnDemandTasks: '2', OnDemandWeight: '1', SpotWeight: '0' }
    return Number(costSentence('ecs-fargate', { ...tasks, Network, KeysSecret }, 'amd64').match(/about (\d+) USD/)?.[1])
  }
  t.ok(Math.abs(usd('endpoints', 'mine') - usd('endpoints', '') - 2 * 730 * 0.01) <= 1, 'one in each of two zones, a cent an hour')
  t.equal(usd('nat', 'mine'), usd('nat', ''), 'a NAT gateway leads there, too')
})

t.test('App Runner charges for the processor only while somebody asks', async t => {
  const seldom = billOf('App Runner', bills(dailyLoad(24), worldWith({ vcpu: 1 }))).parts['vCPU active']
  t.ok(seldom > 0 && seldom < ((0.064 * 730 * 24) / (24 * 60)) * 1.01, 'one request an hour: at most a minute of it')
  const always = billOf('App Runner', bills(dailyLoad(86_400, 1), worldWith({ vcpu: 1 }))).parts['vCPU active']
  t.equal(cents(always), cents(0.064 * 730))
})

t.test('live histories cost two reads for each answer and a write for each rating, where a target can have them', async t => {
  const load = dailyLoad(1e6 / MONTH)
  const all = bills(load, worldWith({ ratingsPerAnswer: 0.5 }))
  for (const target of ['App Runner', 'Fargate, arm64', 'ECS Express Mode', 'Lambda, HTTP API'])
    t.equal(cents(billOf(target, all).parts.histories), cents(0.25 + 0.3125), target)
  t.match(billOf('Lightsail', all).beyond, 'no live histories')
  t.notOk('histories' in billOf('App Runner', bills(load, worldWith())).parts, 'none unless told')
  t.match(
    historiesSentence(new Prices(list)),
    'Live histories cost 0.25 USD for a million answers, from 0.63 USD for a million ratings, and 0.45 USD a month for each GB'
  )
})

t.test('what a target cannot do by default comes last and says why', async t => {
  const all = bills(dailyLoad(1e9), worldWith({ vcpu: 1 }))
  const beyond = all.filter(({ beyond }) => beyond)
  t.same(all.slice(-beyond.length), beyond)
  t.match(billOf('App Runner', all).beyond, '78 instances; 25 is the most')
  t.match(billOf('Lightsail', all).beyond, '78 nodes; 20 is the most')
  t.match(billOf('Lambda, HTTP API', all).beyond, '46296 requests a second; 10000 is the most')
  t.equal(billOf('Fargate, arm64', all).beyond, undefined)
})

t.test('every price says where it comes from, is used, and one that is missing is an error', async t => {
  const world = worldWith({ arch: 'arm64' })
  for (const vcpu of [0.25, 0.5, 1, 2, 4])
    for (const load of [1e3, 1e9]) bills(dailyLoad(load), { ...world, assumptions: { ...world.assumptions, vcpu } })
  for (const network of NETWORKS) bills(dailyLoad(1e9), { ...world, assumptions: { ...DEFAULTS, network } })
  historiesSentence(world.prices)
  t.same([...world.prices.used].sort(), [...new Set([...Object.keys(list.prices), ...Object.keys(list.free)])].sort())
  t.throws(() => world.prices.usd('appRunner.vcpuhour'), /expected a price "appRunner.vcpuhour", found none/)
  for (const { mark } of Object.values(list.prices)) t.ok(list.marks[mark])
})

t.test('where lines cross is where the one becomes dearer than the other for good', async t => {
  const line = (target: string, usd: number[]) => ({ target, points: usd.map((usd, i) => ({ load: i, usd })) })
  t.same(dearerFrom(line('a', [1, 3, 1, 4, 5]), line('b', [2, 2, 2, 2, 2])), { load: 3, usd: 4 })
  t.equal(dearerFrom(line('a', [1, 3, 1]), line('b', [2, 2, 2, 0])), undefined, 'as far as both go')
  const all = curves({ ...worldWith(), capacity: measured })
  t.ok(changes(all).length > 0)
})

t.test('docker/deploy says of a target that nobody calls what the calculator computes of it', async t => {
  const nobody = dailyLoad(1e-6)
  const cases: [target: string, parameters: Record<string, string>, bill: string, assumptions: Partial<Assumptions>][] = [
    ['app-runner', { Size: '0.5-1', MinInstances: '3' }, 'App Runner', { vcpu: 0.5, instances: 3 }],
    ['ecs-express', { Size: '1024-2048', MinTasks: '2' }, 'ECS Express Mode', { vcpu: 1, instances: 2 }],
    ...NETWORKS.map((network): (typeof cases)[number] => [
      'ecs-fargate',
      { Size: '512-1024', MinTasks: '2', OnDemandTasks: '2', OnDemandWeight: '1', SpotWeight: '1', Network: network },
      'Fargate, amd64',
      { vcpu: 0.5, instances: 2, network }
    ]),
    ['lambda', { FrontDoor: 'alb' }, 'Lambda, ALB', {}],
    ['lightsail', { Power: 'medium', Nodes: '2' }, 'Lightsail', { vcpu: 1, instances: 2 }]
  ]
  for (const [target, parameters, name, assumptions] of cases) {
    const { total } = billOf(name, bills(nobody, worldWith(assumptions)))
    t.match(
      costSentence(target, parameters, 'amd64'),
      `costs about ${total.toFixed(0)} USD a month`,
      `${target} ${JSON.stringify(parameters)}`
    )
  }
  t.match(costSentence('lambda', { FrontDoor: 'http-api' }, 'amd64'), 'costs nothing until it is called')
})

t.test('the calculator takes what the bench measures', async t => {
  const taken = (capacity: Capacity): World['capacity'] => capacity
  t.same(taken(measured), measured)
})

t.test('the chart is a picture that stands by itself, on any page', async t => {
  const svg = await chart({ ...worldWith(), capacity: measured })
  t.match(svg, /^<svg [^>]*width="\d+"[^>]*><style>.*<\/style><rect width="\d+" height="\d+" fill="#ffffff"\/>/)
  for (const { target } of bills(dailyLoad(1000), worldWith())) t.ok(svg.includes(target), target)
  t.notMatch(svg, /NaN|undefined|<script|href="http/)
})

t.test('the command prints a table, or figures, and draws', async t => {
  const dir = t.testdir()
  const cost = (...args: string[]) => startNode(t, ['build/docker/cost/cost.js', ...args]).ended
  const [table, json, drawn] = await Promise.all([
    cost('--requests-per-day', '1e6', '--peak', '100'),
    cost('--requests-per-day', '1000000', '--instances', '2', '--json'),
    cost('--svg', join(dir, 'cost.svg'))
  ])
  t.equal(table.code, 0, table.err)
  t.match(table.out, /^1,000,000 requests a day, 100 in the busiest second; list prices of us-east-1/)
  for (const { target } of bills(dailyLoad(1000), worldWith())) t.match(table.out, `\n${target}`)
  const { bills: all, load, assumptions } = JSON.parse(json.out)
  t.match({ load, assumptions }, { load: { requestsPerDay: 1e6 }, assumptions: { instances: 2 } })
  const totals = all.map(({ total }: Bill) => total)
  t.same(
    totals,
    [...totals].sort((a, b) => a - b),
    'the cheapest first'
  )
  t.equal(drawn.code, 0, drawn.err)
  t.match(await readFile(join(dir, 'cost.svg'), 'utf8'), /^<svg /)
})

t.test('the command refuses what makes no sense, in a sentence', async t => {
  const cases: [args: string[], said: string | RegExp][] = [
    [[], 'Nothing to do: expected --requests-per-day N or --svg FILE'],
    [['--peak', '5'], '--peak: expected --requests-per-day with it'],
    [['--requests-per-day', '86400', '--peak', '0.1'], 'expected a peak from that to 50 times as much'],
    [['--requests-per-day', 'many'], /--requests-per-day <n>' argument 'many' is invalid. Expected a number from 1/],
    [['--requests-per-day', '1', '--arch', 'sparc'], 'Allowed choices are amd64, arm64'],
    [['--requests-per-day', '1', '--vcpu', '3'], '--vcpu 3: expected one of 0.25, 0.5, 1, 2, 4'],
    [['--requests-per-day', '1', '--lambda-memory', '777'], 'expected one of the sizes that were measured, 512, 1024, 1769']
  ]
  await Promise.all(
    cases.map(async ([args, said]) => {
      const { code, err, out } = await startNode(t, ['build/docker/cost/cost.js', ...args]).ended
      t.match({ code, err, out }, { code: 1, err: said, out: '' }, args.join(' '))
      t.notMatch(err, /\n\s+at /)
    })
  )
})
