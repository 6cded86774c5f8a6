import { above, alb, type Bill, bill, hours, liveHistories, loggedGb, type Target, traffic, transfer, type World } from './bill.js'
import { type DailyLoad, meanOverDay } from './daily-load.js'
import type { Arch, Network } from './prices.mjs'

/** vCPU and GB that a target sells together; of each vCPU the least memory, since the service needs little. */
type Size = readonly [vcpu: number, gb: number, name: string]

// App Runner: API reference, InstanceConfiguration. Fargate: "Amazon ECS task definition parameters for Fargate".
export const VCPUS = [0.25, 0.5, 1, 2, 4]
const SIZES: Size[] = VCPUS.map(vcpu => [vcpu, vcpu * 2, `${vcpu} vCPU, ${vcpu * 2} GB`])
// Memory and vCPU of the powers are as little verified as their prices.
const POWERS: Size[] = [
  [0.25, 0.5, 'nano'],
  [0.25, 1, 'micro'],
  [0.5, 1, 'small'],
  [1, 2, 'medium'],
  [2, 4, 'large'],
  [4, 8, 'xlarge']
]

/** MaxSize by default; nodes of a container service. */
export const LIMITS = { appRunnerInstances: 25, lightsailNodes: 20 }

export const appRunner: Target = (load, world) =>
  sizes(SIZES, world).map(([vcpu, gb, name]) => {
    const { prices } = world
    const needed = instances(load, world, vcpu)
    const provisioned = atLeast(needed, world)
    // An instance is active while it answers, and for the rest of a minute that has begun; requests come independently.
    const active = needed.map((count, slot) => (count > 1 ? count : 1 - Math.exp(-60 * load.rates[slot])))
    const parts = {
      'vCPU active': hours(active, prices) * vcpu * prices.usd('appRunner.vcpuHour'),
      memory: meanOverDay(provisioned) * prices.appRunnerMemory(gb),
      ...liveHistories(load, world),
      ...traffic(load, world, world.capacity.server.logBytes)
    }
    return bill('App Runner', range(provisioned, name), parts, most(provisioned, LIMITS.appRunnerInstances, 'instances'))
  })

/** Also ECS Express Mode, which makes the same things: tasks on Fargate and a load balancer. */
export const fargate =
  (target: string, { arch, network = ({ assumptions }) => assumptions.network, spotShare = () => 0 }: Tasks): Target =>
  (load, world) =>
    sizes(SIZES, world).map(([vcpu, gb, name]) => {
      const { prices, assumptions } = world
      const counts = atLeast(instances(load, world, vcpu), world)
      const tasks = meanOverDay(counts)
      const spot = (tasks - assumptions.instances) * spotShare(world)
      const usd = prices.task(arch(world), vcpu, gb)
      return bill(target, range(counts, name), {
        tasks: (tasks - spot) * usd,
        'tasks on Spot': spot * usd * prices.usd('fargate.spotShare'),
        ...wayOut(network(world), tasks, load, world),
        ...alb(load, world, 1),
        ...liveHistories(load, world),
        ...traffic(load, world, world.capacity.server.logBytes)
      })
    })

export interface Tasks {
  arch: (world: World) => Arch
  network?: (world: World) => Network
  spotShare?: (world: World) => number
}

/** What passes through are log lines; answers go out through the load balancer. */
function wayOut(network: Network, tasks: number, load: DailyLoad, world: World): Record<string, number> {
  const { prices, capacity } = world
  const gb = loggedGb(load, world, capacity.server.logBytes)
  const always = prices.wayOut(network, tasks)
  if (network === 'public') return { 'task addresses': always }
  if (network === 'nat') return { NAT: always + gb * prices.usd('nat.gb') }
  return { endpoints: always + gb * prices.usd('endpoint.gb') }
}

/** It does not scale by itself: what the peak needs runs all the time. Its logs cost nothing. */
export const lightsail: Target = (load, world) =>
  sizes(POWERS, world).map(([vcpu, , power]): Bill => {
    const { prices, assumptions } = world
    const counts = atLeast(instances(load, world, vcpu), world)
    const nodes = Math.max(...counts)
    const parts = {
      nodes: nodes * prices.lightsailNode(power),
      transfer: transfer(load, world, prices.free('lightsail.transferGb'))
    }
    const beyond =
      assumptions.ratingsPerAnswer === undefined
        ? most(counts, LIMITS.lightsailNodes, 'nodes')
        : 'no live histories: its containers have no role'
    return bill('Lightsail', `${nodes} × ${power}`, parts, beyond)
  })

/** How many instances are needed at each time of the day, so that none is busier than it may be. */
function instances(load: DailyLoad, { capacity: { server }, assumptions }: World, vcpu: number): Float64Array {
  const each = server.requestsPerVcpuSecond * Math.min(vcpu, server.usableVcpus) * assumptions.utilisation
  return load.rates.map(rate => Math.max(1, Math.ceil(rate / each)))
}

const atLeast = (counts: Float64Array, { assumptions }: World): Float64Array => counts.map(count => Math.max(assumptions.instances, count))

/** Half as much memory again as the server has taken under load. */
const sizes = (all: Size[], { assumptions, capacity }: World): Size[] =>
  all.filter(
    ([vcpu, gb]) => (assumptions.vcpu === undefined || vcpu === assumptions.vcpu) && above(gb * 1024, capacity.server.memoryMb * 1.5) > 0
  )

function range(counts: Float64Array, each: string): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return `${least === most ? most : `${least} to ${most}`} × ${each}`
}

function most(counts: Float64Array, limit: number, what: string): string | undefined {
  const needed = Math.max(...counts)
  return needed > limit ? `${needed} ${what}; ${limit} is the most` : undefined
}
