// @ts-check
import { readFileSync } from 'node:fs'
import { Prices } from '../cost/prices.mjs'

const FILE = new URL('../cost/prices.json', import.meta.url)

/** @typedef {Record<string, any>} Parameters of a template, by name: text, as CloudFormation takes it. */

/**
 * What a target costs a month while nobody calls it: what is there around the clock, by list price.
 *
 * @param {string} target
 * @param {Parameters} parameters
 * @param {string} architecture
 * @returns {string} a sentence
 */
export function costSentence(target, parameters, architecture) {
  const prices = new Prices(JSON.parse(readFileSync(FILE, 'utf8')))
  const month = STANDING[target]({ ...parameters, architecture }, prices)
  const cost = month > 0 ? `about ${month.toFixed(0)} USD a month` : 'nothing until it is called'
  const { region, read } = prices.list
  const left = `Left running, it costs ${cost} (list prices of ${region}, read ${read}; calls, traffic and log lines come on top).`
  return parameters.Histories === 'dynamodb' ? `${left}\n${historiesSentence(prices)}` : left
}

/**
 * What live histories in DynamoDB cost, of people with less than 4 kB, some hundred ratings.
 *
 * @param {Prices} prices
 */
export function historiesSentence(prices) {
  const million = (/** @type {number} */ usd) => `${(usd * 1e6).toFixed(2)} USD for a million`
  const month = prices.historyGb().toFixed(2)
  return `Live histories cost ${million(prices.historyRead())} answers, from ${million(prices.historyWrite())} ratings, and ${month} USD a month for each GB, backup included; the first ${prices.free('dynamodb.gb')} GB of an account cost their backup only.`
}

/** @type {Record<string, (parameters: Parameters, prices: Prices) => number>} USD a month */
const STANDING = {
  'app-runner': ({ Size, MinInstances }, prices) => MinInstances * prices.appRunnerMemory(Size.split('-')[1]),
  'ecs-express': (parameters, prices) => tasks({ ...parameters, Network: 'public' }, parameters.MinTasks, prices),
  'ecs-fargate': (parameters, prices) => {
    const spot = spotTasks(parameters)
    const paidInFull = parameters.MinTasks - spot + (spot && spot * prices.usd('fargate.spotShare'))
    return tasks(parameters, paidInFull, prices)
  },
  lambda: ({ FrontDoor }, prices) => (FrontDoor === 'alb' ? prices.loadBalancer() : 0),
  lightsail: ({ Power, Nodes }, prices) => Nodes * prices.lightsailNode(Power)
}

/**
 * @param {Parameters} parameters
 * @param {number} paidInFull so many tasks, counted by what they cost
 * @param {Prices} prices
 */
function tasks({ Size, MinTasks, Network, KeysSecret, architecture }, paidInFull, prices) {
  const [cpu, mb] = Size.split('-')
  const wayOut = prices.wayOut(Network, Number(MinTasks), Boolean(KeysSecret))
  return paidInFull * prices.task(architecture, cpu / 1024, mb / 1024) + prices.loadBalancer() + wayOut
}

/** @param {Parameters} parameters */
function spotTasks({ MinTasks, OnDemandTasks, OnDemandWeight, SpotWeight }) {
  const mixed = Math.max(0, MinTasks - OnDemandTasks)
  return (mixed * SpotWeight) / (Number(OnDemandWeight) + Number(SpotWeight))
}
