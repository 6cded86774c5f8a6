// @ts-check
// JavaScript, not TypeScript: docker/deploy runs from a clone, before anything is installed or built.

/** @typedef {import('./price-list.js').PriceList} PriceList */
/** @typedef {'amd64' | 'arm64'} Arch */
/** @typedef {'public' | 'nat' | 'endpoints'} Network How tasks on Fargate reach AWS: by an address of their own, through a NAT gateway, or through endpoints. */

/** A load balancer and endpoints stand in two zones. */
const ZONES = 2
/** ecr.api, ecr.dkr and logs, to which keys add secretsmanager; those for S3 and DynamoDB cost nothing. */
const ENDPOINTS = 3

/** Prices by name, in USD, and what stands there around the clock, in USD a month. A name that is not listed is an error. */
export class Prices {
  /** names that were asked for, so that a test can tell what nobody uses */
  used = new Set()

  /** @param {PriceList} list */
  constructor(list) {
    this.list = list
  }

  /** @param {string} name */
  usd(name) {
    return this.#find(this.list.prices, name).usd
  }

  /** @param {string} name */
  free(name) {
    return this.#find(this.list.free, name).amount
  }

  /** @param {string} name of a price by the hour */
  month(name) {
    return this.usd(name) * this.list.hoursInMonth
  }

  /**
   * A task on Fargate.
   *
   * @param {Arch} arch
   * @param {number} vcpu
   * @param {number} gb
   */
  task(arch, vcpu, gb) {
    return vcpu * this.month(`fargate.${arch}.vcpuHour`) + gb * this.month(`fargate.${arch}.gbHour`)
  }

  /** With an address in each zone, without the load that it balances. */
  loadBalancer() {
    return this.month('alb.hour') + ZONES * this.month('ipv4.hour')
  }

  /**
   * By which tasks on Fargate reach AWS, without what passes through.
   *
   * @param {Network} network
   * @param {number} tasks
   * @param {boolean} [hasKeys] whether tasks read keys in Secrets Manager
   */
  wayOut(network, tasks, hasKeys = false) {
    if (network === 'public') return tasks * this.month('ipv4.hour')
    if (network === 'nat') return this.month('nat.hour') + this.month('ipv4.hour')
    return (ENDPOINTS + Number(hasKeys)) * ZONES * this.month('endpoint.hour')
  }

  /**
   * An App Runner instance, which pays for its memory whether it is idle or not.
   *
   * @param {number} gb
   */
  appRunnerMemory(gb) {
    return gb * this.month('appRunner.gbHour')
  }

  /** @param {string} power of a Lightsail node */
  lightsailNode(power) {
    return this.usd(`lightsail.${power}`)
  }

  /** An answer to somebody with less than 4 kB: two items are read, consistently, whether they are there or not. */
  historyRead() {
    return 2 * this.usd('dynamodb.read')
  }

  /** A rating of somebody with less than 1 kB: the whole item is paid. */
  historyWrite() {
    return this.usd('dynamodb.write')
  }

  /** A GB for a month, with its continuous backup. */
  historyGb() {
    return this.usd('dynamodb.gbMonth') + this.usd('dynamodb.backupGbMonth')
  }

  /**
   * @template T
   * @param {Record<string, T>} table
   * @param {string} name
   */
  #find(table, name) {
    this.used.add(name)
    if (!Object.hasOwn(table, name)) throw new Error(`docker/cost/prices.json: expected a price "${name}", found none`)
    return table[name]
  }
}
