import { type Bill, type Target, type World } from './bill.js'
import { DOORS, lambda } from './lambda.js'
import type { DailyLoad } from './daily-load.js'
import { appRunner, fargate, lightsail } from './servers.js'

const TARGETS: Target[] = [
  appRunner,
  fargate('ECS Express Mode', { arch: ({ assumptions }) => assumptions.arch, network: () => 'public' }),
  fargate('Fargate, amd64', { arch: () => 'amd64' }),
  fargate('Fargate, arm64', { arch: () => 'arm64' }),
  fargate('Fargate, part Spot', { arch: ({ assumptions }) => assumptions.arch, spotShare: ({ assumptions }) => assumptions.spotShare }),
  lightsail,
  ...Object.keys(DOORS).map(lambda)
]

/** Every target's bill for a load, each at the size that is cheapest there; the cheapest first, what is beyond a limit last. */
export function bills(load: DailyLoad, world: World): Bill[] {
  const best = TARGETS.flatMap(target => target(load, world).sort(possibleThenCheap).slice(0, 1))
  return best.sort(possibleThenCheap)
}

const possibleThenCheap = (a: Bill, b: Bill): number => Number(Boolean(a.beyond)) - Number(Boolean(b.beyond)) || a.total - b.total
