import { readFile } from 'node:fs/promises'
import t from 'tap'
import { readCapacity } from '../docker/cost/capacity.js'
import type { Results } from './bench/measure/campaign.js'
import type { Machine } from './bench/measure/machine.js'
import type { Point } from './bench/measure/scale.js'
import { peersTable } from './bench/report/peers.js'
import { scaleChart, scaleTable } from './bench/report/scale.js'
import { summaryTable } from './bench/report/summary.js'
import { figure, headline, report } from './bench/report/table.js'
import { throughputChart } from './bench/report/throughput-chart.js'
import { picture, sectionsOf, table } from './fixtures/document.js'
import { v8Options } from './fixtures/shipped.js'

const section = sectionsOf('docs/performance.md', 'test/performance.test.ts')
const measurements = sectionsOf('docs/measurements.md', 'test/performance.test.ts')
const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T
const asItIs = (text: string) => `\`\`\`text\n${text}\n\`\`\``

const bench = await read<{ machine: Machine; catalogues: Results[] }>('docs/bench.json')
const scale = await read<{ machine: Machine; points: Point[] }>('docs/scale.json')
const { server, lambda, share } = await readCapacity()
const asTable = ({ header, rows }: ReturnType<typeof peersTable>) => `${table(header, rows)}\n\n${headline(bench.machine)}`

t.test('the figures are those that were measured last', async t => {
  await measurements(t, 'bench', asItIs([headline(bench.machine), ...bench.catalogues.map(report)].join('\n\n')))
  await measurements(t, 'scale', asItIs(`${headline(scale.machine)}\n\n${scaleTable(scale.points)}`))
  await section(t, 'summary', asTable(summaryTable(bench.catalogues)))
})

t.test('the README tells of the same figures how the service compares with what could be run instead', async t => {
  const inReadme = sectionsOf('README.md', 'test/performance.test.ts')
  await inReadme(t, 'peers', asTable(peersTable(bench.catalogues[0])))
})

t.test('the charts are drawn from the same figures', async t => {
  await picture(t, 'docs/bench.svg', await throughputChart(bench.catalogues, bench.machine), 'test/performance.test.ts')
  await picture(t, 'docs/scale.svg', await scaleChart(scale.points, scale.machine), 'test/performance.test.ts')
})

t.test('npm start and the image tell V8 the same about objects and garbage', async t => {
  t.same(v8Options(), ['--max-semi-space-size=16', '--initial-old-space-size=64', '--no-allocation-site-pretenuring'])
  const [, command = ''] = /^CMD (.*)$/m.exec(await readFile('Dockerfile', 'utf8')) ?? []
  t.same(JSON.parse(command), ['node', ...v8Options(), 'bundle/server.js'])
})

t.test('what one vCPU carries follows from what a request takes', async t => {
  const sold: [number, string][] = [
    [0.25, 'the smallest of App Runner, Fargate, Express Mode; Lightsail nano and micro'],
    [0.5, 'Lightsail small'],
    [1, "App Runner's default; Lightsail medium"],
    [2, 'Lightsail large']
  ]
  const ofServer = sold.map(([vcpus, where]) => {
    const perSecond = server.requestsPerVcpuSecond * Math.min(vcpus, server.usableVcpus) * share
    return [`${vcpus} vCPU`, where, `${figure(round(perSecond))} requests/s at ${100 * share} %`]
  })
  const ofFunction = Object.entries(lambda.billedMs).map(([mb, ms]) => [
    `${mb} MB`,
    'Lambda, each environment',
    `${figure(round(1000 / ms))} requests/s, one at a time`
  ])
  await section(t, 'vcpu', table(['size', 'sold as', 'carries'], [...ofServer, ...ofFunction]))
})

/** Two digits: the machines that are sold differ by more. */
const round = (value: number): number => Number(value.toPrecision(2))
