import { existsSync, readFileSync } from 'node:fs'

const FILE = new URL('../cost/prices.json', import.meta.url)

/**
 * What a target costs a month while nobody calls it: what is there around the clock, by list price.
 *
 * @param parameters of its template, by name
 * @returns a sentence
 */
export function costSentence(target, parameters, architecture) {
  if (!existsSync(FILE)) return 'What it costs while it runs is in the price lists of AWS.'
  const { region, read, hoursInMonth, prices } = JSON.parse(readFileSync(FILE, 'utf8'))
  const unlisted = new Set()
  const usd = key => prices[key]?.usd ?? (unlisted.add(key), 0)
  const month = FLOORS[target]({ ...parameters, architecture }, usd, key => usd(key) * hoursInMonth)
  const cost = month > 0 ? `about ${month.toFixed(0)} USD a month` : 'nothing until it is called'
  const more = unlisted.size > 0 ? `, and what the price list does not have: ${[...unlisted].join(', ')}` : ''
  return `Left running, it costs ${cost}${more} (list prices of ${region}, read ${read}; calls, traffic and log lines come on top).`
}

/** USD a month. `usd` is the price of a thing as listed, `month` of one that is listed by the hour. */
const FLOORS = {
  // An idle instance is paid for by its memory.
  'app-runner': ({ Size, MinInstances }, _usd, month) => MinInstances * Size.split('-')[1] * month('appRunner.gbHour'),
  'ecs-express': (given, _usd, month) => given.MinTasks * (task(given, month) + month('ipv4.hour')) + balancer(month),
  'ecs-fargate': (given, usd, month) => {
    const spot = spotTasks(given)
    const paidInFull = given.MinTasks - spot + (spot && spot * usd('fargate.spotShare'))
    return paidInFull * task(given, month) + balancer(month) + network(given, month)
  },
  lambda: ({ FrontDoor }, _usd, month) => (FrontDoor === 'alb' ? balancer(month) : 0),
  lightsail: ({ Power, Nodes }, usd) => Nodes * usd(`lightsail.${Power}`)
}

function task({ Size, architecture }, month) {
  const [cpu, mb] = Size.split('-')
  return (cpu / 1024) * month(`fargate.${architecture}.vcpuHour`) + (mb / 1024) * month(`fargate.${architecture}.gbHour`)
}

// It has an address in each of two zones.
const balancer = month => month('alb.hour') + 2 * month('ipv4.hour')

function spotTasks({ MinTasks, OnDemandTasks, OnDemandWeight, SpotWeight }) {
  const mixed = Math.max(0, MinTasks - OnDemandTasks)
  return (mixed * SpotWeight) / (Number(OnDemandWeight) + Number(SpotWeight))
}

function network({ Network, MinTasks }, month) {
  if (Network === 'public') return MinTasks * month('ipv4.hour')
  if (Network === 'nat') return month('nat.hour') + month('ipv4.hour')
  return 2 * 3 * month('endpoint.hour')
}
