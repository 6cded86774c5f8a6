import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { run } from '../../models/train/cli/run.js'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { backpressure } from './backpressure.js'
import { faults } from './faults.js'
import { folders } from './folders.js'
import { fuzz } from './fuzz.js'
import type { Attack, Outcome, Promised } from './promise.js'
import { sockets } from './sockets.js'
import { soak } from './soak.js'

interface Options {
  long: boolean
  only?: string[]
  port: number
}

const ALL: Attack[] = [fuzz, sockets, backpressure, folders, soak, faults]

await run(
  new Command('npm run campaign --')
    .description('Tries to break what the service promises, and prints a figure for each promise.')
    .option('--long', '100,000 requests made up, millions of soak, 300 flips a file, and every test of a fault: about an hour', false)
    .option('--only <names>', 'some of them, joined by commas', text => text.split(','))
    .option('--port <port>', 'first of ten ports to use', Number, 18700)
    .showHelpAfterError()
    .action(campaign)
)

async function campaign({ long, only, port }: Options): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'campaign-'))
  try {
    const place = { dir, model: await trainCheckerboard(dir), port }
    const promises = ALL.map(promised => promised(place)).filter(({ name }) => only?.includes(name) ?? true)
    const rows: [Promised, Outcome][] = []
    for (const promised of promises) rows.push([promised, await attempt(promised, long)])
    say('\n| promise | figure | |\n| --- | --- | --- |')
    for (const [{ sentence }, { figure, holds }] of rows) say(`| ${sentence} | ${figure} | ${holds ? 'holds' : '**broken**'} |`)
    if (rows.some(([, { holds }]) => !holds)) throw new Error('a promise was broken: see above')
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function attempt({ name, attempt }: Promised, long: boolean): Promise<Outcome> {
  const begun = performance.now()
  const outcome = await attempt(long ? 'long' : 'short', text => say(`  ${text}`)).catch((error: Error) => {
    say(`  ${error.stack}`)
    return { figure: error.message, holds: false }
  })
  say(`${name}: ${outcome.figure} (${Math.round((performance.now() - begun) / 1000)} s)`)
  return outcome
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
