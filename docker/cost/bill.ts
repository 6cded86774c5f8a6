import type { Capacity } from './capacity.js'
import { type DailyLoad, meanOverDay } from './daily-load.js'
import type { Arch, Network, Prices } from './prices.mjs'

export const NETWORKS: readonly Network[] = ['public', 'nat', 'endpoints']

/** What is assumed where nothing can be known; each has an option of the command. */
export interface Assumptions {
  /** how busy an instance may be at the peak, 0 to 1 */
  utilisation: number
  /** least number of instances, two for availability */
  instances: number
  /** processor of ECS Express Mode, the Spot mix and Lambda */
  arch: Arch
  network: Network
  /** share of a load balancer's price that this service bears, 0 to 1 */
  albShare: number
  /** share of the tasks above the least number that runs on Spot, 0 to 1 */
  spotShare: number
  /** how many requests a client sends over one connection */
  requestsPerConnection: number
  /** what Lambda's runtime adds to an invocation of ours: not measurable here; functions that do nothing are billed about this */
  lambdaOverheadMs: number
  freeTier: boolean
  /** with live histories, so many ratings are kept for each answer; without them, none is said */
  ratingsPerAnswer?: number
  /** a log line for each request and, on Lambda, its metrics */
  logs: boolean
  /** only this size of an instance, in vCPUs */
  vcpu?: number
  /** only this much memory of a function, in MB */
  lambdaMemory?: number
}

export const DEFAULTS: Assumptions = {
  utilisation: 0.6,
  instances: 1,
  arch: 'amd64',
  network: 'public',
  albShare: 1,
  spotShare: 0.5,
  requestsPerConnection: 10,
  lambdaOverheadMs: 1,
  freeTier: true,
  logs: true
}

export interface World {
  prices: Prices
  capacity: Capacity
  assumptions: Assumptions
}

/** A month at one target, in USD. */
export interface Bill {
  target: string
  /** what runs there */
  size: string
  parts: Record<string, number>
  total: number
  /** why the target's own limits do not allow it, where they do not */
  beyond?: string
}

/** The bills of one target, one for each size that it sells. */
export type Target = (load: DailyLoad, world: World) => Bill[]

export const bill = (target: string, size: string, parts: Record<string, number>, beyond?: string): Bill => ({
  target,
  size,
  parts,
  total: Object.values(parts).reduce((all, part) => all + part, 0),
  ...(beyond && { beyond })
})

/** An answer's counterpart: request line and headers of a browser, about. */
const REQUEST_BYTES = 500

/**
 * A load balancer and what it balances.
 *
 * @param gbPerLcu what a capacity unit carries in an hour: 1 GB to tasks, 0.4 GB to functions
 */
export function alb(load: DailyLoad, { prices, capacity, assumptions }: World, gbPerLcu: number): Record<string, number> {
  const bytes = capacity.server.responseBytes + REQUEST_BYTES
  const lcus = load.rates.map(rate => {
    const connections = rate / assumptions.requestsPerConnection
    return Math.max(connections / 25, (connections * 60) / 3000, (rate * bytes * 3600) / 1e9 / gbPerLcu)
  })
  return { ALB: (prices.loadBalancer() + hours(lcus, prices) * prices.usd('alb.lcuHour')) * assumptions.albShare }
}

/**
 * What CloudWatch takes in, and what goes out to the internet.
 *
 * @param bytes that we log for a request
 * @param platform bytes that the target logs for a request, whether we do or not
 */
export function traffic(load: DailyLoad, world: World, bytes: number, platform = 0): Record<string, number> {
  const { prices, assumptions } = world
  const logged = loggedGb(load, world, bytes, platform)
  return {
    logs: above(logged, assumptions.freeTier ? prices.free('logs.gb') : 0) * prices.usd('logs.gb'),
    transfer: transfer(load, world, assumptions.freeTier ? prices.free('transfer.gb') : 0)
  }
}

/** What DynamoDB takes for reading and writing live histories; what lies there comes on top. */
export function liveHistories(load: DailyLoad, { prices, assumptions: { ratingsPerAnswer } }: World): Record<string, number> {
  if (ratingsPerAnswer === undefined) return {}
  return { histories: monthly(load, prices) * (prices.historyRead() + ratingsPerAnswer * prices.historyWrite()) }
}

/** GB in a month. */
export const loggedGb = (load: DailyLoad, { prices, assumptions }: World, bytes: number, platform = 0): number =>
  (monthly(load, prices) * ((assumptions.logs ? bytes : 0) + platform)) / 1e9

/** @param included GB that cost nothing */
export const transfer = (load: DailyLoad, { prices, capacity }: World, included: number): number =>
  above((monthly(load, prices) * capacity.server.responseBytes) / 1e9, included) * prices.usd('transfer.gb')

export const daysInMonth = (prices: Prices): number => prices.list.hoursInMonth / 24
export const monthly = (load: DailyLoad, prices: Prices): number => load.requestsPerDay * daysInMonth(prices)
/** Hours in a month, of what is so many at each time of a day. */
export const hours = (counts: Float64Array, prices: Prices): number => meanOverDay(counts) * prices.list.hoursInMonth
export const above = (amount: number, free: number): number => Math.max(0, amount - free)

/** @param steps up to which amount in all, and the price of one until then */
export function tiers(amount: number, ...steps: [upTo: number, usd: number][]): number {
  let price = 0
  let from = 0
  for (const [upTo, usd] of steps) {
    price += Math.max(0, Math.min(amount, upTo) - from) * usd
    from = upTo
  }
  return price
}
