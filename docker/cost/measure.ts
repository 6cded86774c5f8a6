import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { progress } from '../../cli/progress.js'
import { readManifest } from '../../src/recommender/model/manifest.js'
import { CAPACITY, type Capacity } from './capacity.js'
import { measureLambda } from './measure-lambda.js'
import { measureServer } from './measure-server.js'

const MODEL = 'models/movielens/1'
const SHARE = 0.6
const SECONDS = 8
const INVOCATIONS = 4000

/** Measures this service on this machine, a server and a function in turn, and writes the medians to `docker/cost/capacity.json`. */
export async function measure(rounds: number): Promise<Capacity> {
  const { name, version, histories } = await readManifest(MODEL)
  // MovieLens numbers its users from 1
  const users = Array.from({ length: histories?.users ?? 1 }, (_, i) => `${i + 1}`)
  const bar = progress('measuring', 2 * rounds)
  const servers: Capacity['server'][] = []
  const lambdas: Capacity['lambda'][] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const { most, ...server } = await measureServer(users, SHARE, SECONDS)
      servers.push(server)
      bar.step(`server: at most ${most.toFixed(0)} requests a second, ${server.requestsPerVcpuSecond.toFixed(0)} a vCPU-second below that`)
      const lambda = await measureLambda(users, INVOCATIONS)
      lambdas.push(lambda)
      bar.step(`function: init ${lambda.initMs.toFixed(0)} ms, then ${lambda.invocationMs.toFixed(3)} ms`)
    }
  } finally {
    bar.stop()
  }
  const capacity: Capacity = {
    measured: new Date().toISOString().slice(0, 10),
    command: `npm run cost -- --measure ${rounds}`,
    machine: `${cpus()[0].model.trim()}, ${cpus().length} vCPUs, ${process.arch}, Node ${process.versions.node}`,
    model: `${name}/${version}`,
    share: SHARE,
    rounds,
    server: medians(servers),
    lambda: medians(lambdas)
  }
  await writeFile(CAPACITY, `${JSON.stringify(capacity, null, 2)}\n`)
  return capacity
}

interface Figures {
  [name: string]: number | Figures
}

/** Figure by figure the middle one of all rounds, to four digits. */
function medians<T extends Figures>(rounds: T[]): T {
  const middle = (values: (number | Figures)[]): number | Figures =>
    typeof values[0] === 'object'
      ? medians(values as Figures[])
      : Number((values as number[]).sort((a, b) => a - b)[Math.floor(values.length / 2)].toPrecision(4))
  return Object.fromEntries(Object.keys(rounds[0]).map(name => [name, middle(rounds.map(round => round[name]))])) as T
}
