import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { run } from '../../cli/run.js'
import { progress } from '../../cli/progress.js'
import { measureCatalogue, type Plan, type Results, stepsOf } from './measure/campaign.js'
import { catalogue, catalogueName, DEFAULT } from './catalogues/catalogue.js'
import { draw, throughputChart } from './report/chart.js'
import { machine } from './measure/machine.js'
import { CACHE } from './paths.js'
import { measureProfile } from './measure/profile.js'
import { measureScale } from './measure/scale.js'
import { headline, report } from './report/table.js'

interface Options {
  long: boolean
  scale: boolean
  profile: boolean
  catalogues?: string[]
  rounds?: number
  seconds?: number
  json?: string
  svg?: string
  port: number
}

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65_000) throw new InvalidArgumentError('Expected a whole number of at least 1.')
  return value
}
const names = (text: string, before: string[] = []): string[] => [...before, ...text.split(',').map(catalogueName)]

const SHORT = { connections: [64, 256], rounds: 5, seconds: 2, rates: [1000, 4000], exactUsers: 200, startups: 3 }
const LONG = { connections: [1, 64, 256], rounds: 9, seconds: 5, rates: [1000, 2000, 4000, 8000], exactUsers: 1000, startups: 5 }
const CATALOGUES = [DEFAULT, '62000x128', '1000000x128']
const MORE = [DEFAULT, '62000x64', '62000x128', '1000000x64', '1000000x128']

const command = new Command('npm run bench --')
  .description(
    'Measures the service beside bare Fastify (B), beside itself without scoring (E) and beside ONNX Runtime alone, in turns.\n' +
      'Random users, nothing cached but in the rows that say so. Under ten minutes; catalogues are generated once and kept in build/bench.'
  )
  .option('--long', 'more rounds, longer ones, more catalogues, rates and users: about an hour', false)
  .option('--scale', 'instead: how cost grows with items, users, history length, n and instances', false)
  .option('--profile', 'instead: where the time of one request goes, as a table in Markdown', false)
  .option('--catalogues <names>', 'default or ITEMSxDIMENSIONS, joined by commas', names)
  .option('--rounds <count>', 'how often every side has its turn', whole)
  .option('--seconds <count>', 'how long a turn is', whole)
  .option('--json <file>', 'write every figure there; without it into build/bench')
  .option('--svg <file>', 'draw the chart there; without it into build/bench')
  .option('--port <port>', 'first of ten ports to use', whole, 18500)
  .showHelpAfterError()
  .action(bench)

await run(command)

async function bench(options: Options): Promise<void> {
  const where = machine()
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  say(headline(where))
  await mkdir(CACHE, { recursive: true })
  if (options.profile) return measureProfile(options.catalogues?.[0] ?? DEFAULT, where.generator, options.port)
  const files = (name: string): { json: string; svg: string } => ({
    json: options.json ?? join(CACHE, `${name}.json`),
    svg: options.svg ?? join(CACHE, `${name}.svg`)
  })
  if (options.scale) return measureScale(where, options.port, options.rounds ?? SHORT.rounds, files('scale'))

  const form = options.long ? LONG : SHORT
  const plan: Plan = {
    ...form,
    generator: where.generator,
    firstPort: options.port,
    rounds: options.rounds ?? form.rounds,
    seconds: options.seconds ?? form.seconds
  }
  const wanted = options.catalogues ?? (options.long ? MORE : CATALOGUES)
  const all: Results[] = []
  const bar = progress('bench', wanted.length * (1 + stepsOf(plan)))
  try {
    for (const name of wanted) {
      const made = await catalogue(name)
      bar.step(`${name}: at hand`)
      all.push(await measureCatalogue(made, plan, note => bar.step(note)))
    }
  } finally {
    bar.stop()
  }
  for (const results of all) say(`\n${report(results)}`)
  const { json, svg } = files('bench')
  await writeFile(json, `${JSON.stringify({ machine: where, plan, catalogues: all }, null, 2)}\n`)
  await draw(throughputChart(all, where), svg)
  say(
    `\nB: Fastify answering a constant of the same size. E: the service without scoring. CPU: µs a request, of the process and of its main thread.`
  )
  say(`every figure: ${json}\nchart: ${svg}`)
  if (all.some(({ exact, closed }) => exact.wrong.length > 0 || closed.some(({ medians }) => medians.service?.errors))) {
    throw new Error('answers were wrong or failed: see above')
  }
}
