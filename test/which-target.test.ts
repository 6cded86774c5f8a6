import { readFile } from 'node:fs/promises'
import t from 'tap'
import { DEFAULTS, type World } from '../docker/cost/bill.js'
import { readCapacity } from '../docker/cost/capacity.js'
import { chart } from '../docker/cost/chart.js'
import { curves, dearerFrom, LOADS, rounded } from '../docker/cost/curves.js'
import { dailyLoad } from '../docker/cost/daily-load.js'
import { readPrices } from '../docker/cost/price-list.js'
import { Prices } from '../docker/cost/prices.mjs'
import { bills } from '../docker/cost/targets.js'
import { historiesSentence } from '../docker/lib/cost.mjs'
import { TARGETS } from '../docker/lib/targets.mjs'
import { picture, sectionsOf, table } from './fixtures/document.js'

const histories = sectionsOf('docs/histories.md', 'test/which-target.test.ts')
const section = sectionsOf('docs/targets.md', 'test/which-target.test.ts')
const world: World = { prices: new Prices(await readPrices()), capacity: await readCapacity(), assumptions: DEFAULTS }
const { list } = world.prices

t.test('one table says which target to take, and names all that docker/deploy has', async t => {
  const [, choice] = (await readFile('docs/targets.md', 'utf8')).split('| target | take it for | one step |')
  const rows = choice.split('\n\n')[0].split('\n').slice(2)
  t.equal(rows.length, Object.keys(TARGETS).length)
  for (const [name, traits] of Object.entries(TARGETS)) {
    const row = rows.find(row => row.endsWith(`| \`docker/deploy ${name}\` |`))
    t.ok(row?.startsWith(`| ${traits.title} |`), name)
    const [date] = traits.note?.match(/\d{4}-\d\d-\d\d/) ?? []
    if (date) t.match(row, date, `${name}: docker/deploy says so, too`)
  }
})

t.test('usability is counted from the templates', async t => {
  const rows = await Promise.all(
    Object.entries(TARGETS).map(async ([name, { title }]) => {
      const file = `docker/templates/${name}.yaml`
      const { lines, resources, parameters } = counted(await readFile(file, 'utf8'))
      return [`[${title}](../${file})`, `${lines}`, `${resources.length}`, `${parameters.length}`]
    })
  )
  await section(t, 'usability', table(['target', 'lines', 'resources', 'parameters'], rows))
})

/** A template is counted by its indentation: names of a section stand two spaces in. */
function counted(yaml: string): { lines: number; resources: string[]; parameters: string[] } {
  const lines = yaml.split('\n').filter(line => /^\s*[^\s#]/.test(line))
  const entries = (section: string): string[][] => {
    const start = lines.indexOf(`${section}:`)
    if (start < 0) return []
    const length = lines.slice(start + 1).findIndex(line => /^\S/.test(line))
    const body = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length)
    return body.reduce<string[][]>((all, line) => {
      if (/^ {2}\S/.test(line)) all.push([line])
      else all.at(-1)?.push(line)
      return all
    }, [])
  }
  const names = (all: string[][]): string[] => all.map(([name]) => name.trim().replace(/:.*$/, ''))
  return {
    lines: lines.length,
    resources: names(entries('Resources')),
    parameters: names(entries('Parameters').filter(entry => !entry.some(line => /^ {4}Default:/.test(line))))
  }
}

t.test('a template is counted by its sections, and a parameter with a default need not be given', async t => {
  const yaml =
    '# a comment\nParameters:\n  Image:\n    Type: String\n  Port:\n    Type: Number\n    Default: 8082\n\nResources:\n  A:\n    Type: X\n  B:\n    Type: Y\n'
  t.same(counted(yaml), { lines: 11, resources: ['A', 'B'], parameters: ['Image'] })
})

t.test('the start is what was measured', async t => {
  const { lambda } = world.capacity
  await section(
    t,
    'start',
    `The function starts in ${lambda.initMs.toFixed(0)} ms with one vCPU (${lambda.vcpuMb.toLocaleString('en')} MB), measured ${world.capacity.measured}; Lambda's own part of a cold start, such as pulling the image, comes on top.`
  )
})

t.test('the table of prices is what the command computes', async t => {
  const usd = (value: number): string => (value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en'))
  const loads = [10_000, 1_000_000, 10_000_000, 100_000_000]
  const columns = loads.map(load => bills(dailyLoad(load), world))
  const silent = bills(dailyLoad(loads[3]), { ...world, assumptions: { ...DEFAULTS, logs: false } })
  const rows = columns[1].map(({ target }) => [
    target,
    ...[...columns, silent].map(all => {
      const bill = all.find(bill => bill.target === target)
      return !bill || bill.beyond ? '–' : usd(bill.total)
    })
  ])
  const head = ['USD a month', ...loads.map(load => `${rounded(load)} a day`), `${rounded(loads[3])}, no request log`]
  const running = (wanted: string): string => columns[3].flatMap(({ target, size }) => (size === wanted ? [target] : [])).join('; ')
  const sizes = [...new Set(columns[3].map(({ size }) => size))].map(size => `${size} (${running(size)})`)
  await section(
    t,
    'price',
    `${table(head, rows)}\n\nList prices of ${list.region} as read ${list.read}. At ${rounded(loads[3])} a day there run ${sizes.join(', ')}.`
  )
})

t.test('what live histories cost is computed from the same prices', async t => {
  await histories(
    t,
    'dynamodb',
    `${historiesSentence(world.prices)} These are list prices of ${list.region}, from [docker/cost/prices.json](../docker/cost/prices.json).`
  )
})

t.test('the crossings are those of the chart', async t => {
  const all = curves(world)
  const isLambda = (target: string): boolean => target.startsWith('Lambda')
  const doors = all.filter(({ target }) => isLambda(target))
  const rows = all
    .filter(({ target }) => !isLambda(target))
    .map(server => [
      server.target,
      ...doors.map(door => {
        const from = dearerFrom(door, server)
        if (!from) return 'never'
        return from.load === LOADS[0] ? 'always' : rounded(from.load)
      })
    ])
  await section(t, 'crossings', table(['', ...doors.map(({ target }) => target)], rows))
})

t.test('the capacity is what was measured', async t => {
  const { measured, machine, model, share, rounds, server, lambda } = world.capacity
  const sizes = Object.entries(lambda.billedMs).map(([memory, ms]) => `${ms} ms at ${memory} MB`)
  const text = [
    `Measured ${measured} on ${machine}, with ${model}, the median of ${rounds} rounds:`,
    '',
    `- the server, at ${100 * share} % of the most it takes: ${server.requestsPerVcpuSecond.toLocaleString('en')} recommendations for each second of CPU time, 99 % of them within ${server.p99Ms.toFixed(0)} ms; one process can use ${server.usableVcpus} vCPUs and took ${server.memoryMb.toFixed(0)} MB`,
    `- the function, one request at a time: ${lambda.invocationMs} ms with one vCPU; billed, in the mean, ${sizes.join(', ')} (with a vCPU's share in proportion to memory)`,
    `- an answer has ${server.responseBytes.toFixed(0)} bytes; a request logs ${server.logBytes.toFixed(0)} bytes on a server, ${lambda.logBytes.toFixed(0)} on Lambda, where the metrics are in the log`
  ]
  await section(t, 'capacity', text.join('\n'))
})

t.test('every list price is shown with its source', async t => {
  const marks = { aws: 'V', secondary: 'S', unverified: '**U**' }
  const prices = Object.entries(list.prices).map(([name, { usd, per, mark, source, asOf }]) => [
    `\`${name}\``,
    usd.toFixed(12).replace(/\.?0+$/, ''),
    per,
    `${marks[mark]}: ${source}, ${asOf}`
  ])
  const free = Object.entries(list.free).map(([name, { amount, per, mark, source, asOf }]) => [
    `free: \`${name}\``,
    amount.toLocaleString('en'),
    per,
    `${marks[mark]}: ${source}, ${asOf}`
  ])
  await section(t, 'prices', table(['price', 'USD', 'for each', 'from, as of'], [...prices, ...free]))
})

t.test('the chart is drawn from the same figures', async t => {
  await picture(t, 'docs/cost.svg', await chart(world), 'test/which-target.test.ts')
})

t.test('the files it names are there', async t => {
  const text = await readFile('docs/targets.md', 'utf8')
  for (const [, file] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) await t.resolves(readFile(`docs/${file}`), file)
})
