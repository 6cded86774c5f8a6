import { above, alb, bill, daysInMonth, liveHistories, monthly, type Target, tiers, traffic, type World } from './bill.js'
import type { Capacity } from './capacity.js'
import { type DailyLoad, meanOverDay } from './daily-load.js'

/** START, END and REPORT, which Lambda itself writes for each invocation, about. */
const PLATFORM_LOG_BYTES = 300
/** How long Lambda keeps an idle environment. AWS does not say; ten minutes is on the short side of what people see. */
const ENVIRONMENT_IDLE_SECONDS = 600
/** Ten a second for each of the thousand that may run at once by default; API Gateway allows as many by default. */
export const REQUESTS_PER_SECOND = 10_000

type Door = (load: DailyLoad, world: World) => Record<string, number>

/** What stands in front, and what it costs beside the function itself. */
export const DOORS: Record<string, Door> = {
  'Function URL': () => ({}),
  'HTTP API': (load, { prices }) => ({
    'HTTP API': tiers(monthly(load, prices), [300e6, prices.usd('httpApi.request')], [Infinity, prices.usd('httpApi.requestBeyond')])
  }),
  'REST API': (load, { prices }) => ({
    'REST API': tiers(
      monthly(load, prices),
      [333e6, prices.usd('restApi.request')],
      [1000e6, prices.usd('restApi.requestBeyond')],
      [Infinity, prices.usd('restApi.requestBeyondBillion')]
    )
  }),
  ALB: (load, world) => alb(load, world, 0.4)
}

export const lambda =
  (door: string): Target =>
  (load, world) =>
    memories(world).map(memory => {
      const { prices, capacity, assumptions } = world
      const requests = monthly(load, prices)
      const warm = requests * (capacity.lambda.billedMs[memory] + assumptions.lambdaOverheadMs)
      const cold = coldStarts(load) * daysInMonth(prices) * initMs(capacity, memory)
      const gbSeconds = ((warm + cold) / 1000) * (memory / 1024)
      const free = (name: string): number => (assumptions.freeTier ? prices.free(name) : 0)
      const parts = {
        duration: above(gbSeconds, free('lambda.gbSeconds')) * prices.usd(`lambda.${assumptions.arch}.gbSecond`),
        invocations: above(requests, free('lambda.requests')) * prices.usd('lambda.request'),
        ...DOORS[door](load, world),
        ...liveHistories(load, world),
        ...traffic(load, world, capacity.lambda.logBytes, PLATFORM_LOG_BYTES)
      }
      const beyond =
        load.peak > REQUESTS_PER_SECOND ? `${load.peak.toFixed(0)} requests a second; ${REQUESTS_PER_SECOND} is the most` : undefined
      return bill(`Lambda, ${door}`, `${memory} MB`, parts, beyond)
    })

/**
 * How many times a day a request finds no environment: nobody came for as long as an idle one is kept. Requests come
 * independently. What is left out: a second environment because the first is busy, which it is for a few milliseconds.
 */
const coldStarts = (load: DailyLoad): number =>
  meanOverDay(load.rates.map(rate => rate * Math.exp(-rate * ENVIRONMENT_IDLE_SECONDS))) * 24 * 3600

/** Slower with a smaller share of a processor, as invocations are. */
const initMs = ({ lambda }: Capacity, memory: number): number => lambda.initMs * Math.max(1, lambda.vcpuMb / memory)

const memories = ({ capacity, assumptions: { lambdaMemory } }: World): number[] =>
  Object.keys(capacity.lambda.billedMs)
    .map(Number)
    .filter(memory => lambdaMemory === undefined || memory === lambdaMemory)
