import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { progress } from '../../../models/train/cli/progress.js'
import { catalogue, DEFAULT } from '../catalogues/catalogue.js'
import { readReference } from '../catalogues/reference.js'
import { pathsFile } from '../load/run-load.js'
import { asShipped, compiled } from '../paths.js'
import { type Service, start } from '../subjects/process.js'
import { type Leg, measureClosed } from './leg.js'
import type { Generator } from './machine.js'
import { medianRatio, medians } from './statistics.js'
import { takeTurns } from './turns.js'

export const CONNECTIONS = [1, 64, 256]
const WARM_UP_S = 3

/** This checkout beside another one, at so many connections: medians, and the medians of the ratios by round. */
export interface Versus {
  connections: number
  here: Leg
  there: Leg
  ratios: { rps: number; cpu: number; p99: number }
}

/** Both serve their own default model, at once, and take turns. */
export async function measureAgainst(
  dir: string,
  plan: { generator: Generator; firstPort: number; rounds: number; seconds: number }
): Promise<Versus[]> {
  const there = join(resolve(dir), 'dist/server.js')
  if (!existsSync(there)) throw new Error(`${there} is not there. Build that checkout first: npm ci && npm run build`)
  const { userIds } = await readReference((await catalogue(DEFAULT)).dir)
  const paths = await pathsFile(
    'against.txt',
    userIds.map((_, i) => userIds[(i * 97) % userIds.length])
  )
  const bar = progress('against', CONNECTIONS.length * plan.rounds)
  const sides: Partial<Record<'here' | 'there', Service>> = {}
  try {
    const options = { path: `/recommend/${userIds[0]}`, env: { CACHE_BYTES: '0' } }
    sides.here = await start(compiled(), { ...options, port: plan.firstPort })
    sides.there = await start(asShipped(there), { ...options, port: plan.firstPort + 1 })
    const load = (service: Service, connections: number, seconds: number): Promise<Leg> =>
      measureClosed(service, { ...plan, connections, seconds, paths })
    for (const service of Object.values(sides)) await load(service, 64, WARM_UP_S)
    const all: Versus[] = []
    for (const connections of CONNECTIONS) {
      const rounds = await takeTurns(
        sides,
        plan.rounds,
        service => load(service, connections, plan.seconds),
        soFar => bar.step(`${connections} connections, ${ratio(soFar, 'rps').toFixed(2)} × the requests/s of ${dir}`)
      )
      const ratios = { rps: ratio(rounds, 'rps'), cpu: ratio(rounds, 'cpu'), p99: ratio(rounds, 'p99') }
      all.push({ connections, here: medians(rounds.here), there: medians(rounds.there), ratios })
    }
    return all
  } finally {
    bar.stop()
    for (const service of Object.values(sides)) await service.stop()
  }
}

const ratio = ({ here, there }: Record<'here' | 'there', Leg[]>, figure: keyof Leg): number =>
  medianRatio(
    here.map(leg => leg[figure]),
    there.map(leg => leg[figure])
  )
