import { catalogue, DEFAULT } from '../catalogues/catalogue.js'
import type { Load } from '../load/load.js'
import { pathsFile, runClosedLoop } from '../load/run-load.js'
import type { Generator } from './machine.js'
import { shipped } from '../paths.js'
import { type Quota, quota } from '../subjects/quota.js'
import { readReference } from '../catalogues/reference.js'
import { type Service, start } from '../subjects/process.js'
import { median } from './statistics.js'

/** Small enough that three of them and the load fit two cores. */
export const SHARE = 0.25
const MOST = 3
const CONNECTIONS = 16
const SECONDS = 4

/** What so many instances carry together. */
export interface Carried {
  instances: number
  rps: number
  p99: number
}

/** One instance of a quarter vCPU, then two, then three, each with its own connections, as a load balancer would give them. */
export async function measureInstances(generator: Generator, port: number, rounds: number): Promise<Carried[]> {
  const { name, dir } = await catalogue(DEFAULT)
  const { userIds } = await readReference(dir)
  const paths = await pathsFile(`${name}-all.txt`, userIds)
  const running: { service: Service; held: Quota }[] = []
  try {
    for (let i = 0; i < MOST; i++) {
      const held = await quota(`movie-recommender-bench-${i}`, SHARE)
      const service = await start(shipped(), { port: port + i, path: '/', env: { MODEL_DIR: dir } })
      await held.hold(service.pid)
      running.push({ service, held })
    }
    const load = (count: number): Promise<Load[]> =>
      Promise.all(
        running
          .slice(0, count)
          .map(({ service: { port } }) => runClosedLoop(generator, { port, connections: CONNECTIONS, seconds: SECONDS, paths }))
      )
    await load(MOST)
    const carried: Carried[] = []
    for (let instances = 1; instances <= MOST; instances++) {
      const each: Load[][] = []
      for (let round = 0; round < rounds; round++) each.push(await load(instances))
      carried.push({
        instances,
        rps: median(each.map(loads => loads.reduce((sum, { requests, seconds }) => sum + requests / seconds, 0))),
        p99: median(each.map(loads => Math.max(...loads.map(({ p99 }) => p99))))
      })
    }
    return carried
  } finally {
    for (const { service, held } of running) {
      await service.stop()
      await held.remove()
    }
  }
}
