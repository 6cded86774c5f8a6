// @ts-check
// The part of .ci/compose that asks: does a rating count everywhere, does a rolling restart lose a request, does every panel of the
// dashboard show something, and can Prometheus work out every alert?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'

const dir = process.argv[2]
const BALANCER = 'http://127.0.0.1:8080'
const PROMETHEUS = 'http://127.0.0.1:9090'
const users = Array.from({ length: 600 }, (_, i) => `${i + 1}`)

/** @param {string} name @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
function start(name, command, args, env = {}) {
  const log = openSync(`${dir}/${name}.log`, 'a')
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { PATH: process.env.PATH, ...env } })
  child.on('exit', (code, signal) => console.log(`${name} ended with ${code ?? signal}`))
  return child
}

// as docker/compose.yaml runs them
const environment = Object.fromEntries(
  [...readFileSync('docker/compose.yaml', 'utf8').matchAll(/^ +([A-Z_]+): (?:'(\d+)'|(redis:.+))$/gm)].map(([, name, number, url]) => [
    name,
    number ?? url
  ])
)
/** @param {number} number */
const replica = number =>
  start(`app-${number}`, process.execPath, ['dist/server.js'], {
    HOST: `127.0.0.2${number}`,
    LOG_LEVEL: 'warn',
    ORT_DISABLE_TELEMETRY: '1',
    ...environment
  })

/** @param {string} what @param {() => Promise<boolean>} isSo */
async function until(what, isSo) {
  const seconds = 30
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) if (await isSo().catch(() => false)) return
  throw new Error(`not within ${seconds} s: ${what}`)
}
/** @param {string} url */
const ok = url => async () => (await fetch(url)).ok

/** @param {string} expression @returns {Promise<{ metric: Record<string, string>, value: [number, string] }[]>} */
async function query(expression) {
  const answer = await (await fetch(`${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(expression)}`)).json()
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`)
  return answer.data.result
}

start('histories', 'redis-server', ['--bind', '127.0.0.41', '--save', ''])
const replicas = [replica(1), replica(2)]
start('haproxy', 'haproxy', ['-W', '-db', '-f', 'docker/compose/haproxy.cfg'])
start('prometheus', 'prometheus', [
  '--config.file=docker/compose/prometheus.yml',
  `--storage.tsdb.path=${dir}/prometheus`,
  '--web.listen-address=127.0.0.1:9090'
])
await until('both replicas are seen by the balancer and by Prometheus', async () => {
  const ready = await query('count(haproxy_server_check_status{proxy="replicas",state="L7OK"} == 1)')
  const scraped = await query('count(up{job="movie-recommender"} == 1)')
  return ready[0]?.value[1] === '2' && scraped[0]?.value[1] === '2'
})
console.log('two replicas are up')

const hidden = await fetch(`${BALANCER}/metrics`)
if (hidden.status !== 404) throw new Error(`expected /metrics to be hidden by the balancer, found ${hidden.status}`)

// Each replica is asked by its own address: the balancer chooses for itself.
const [one, other] = ['http://127.0.0.21:8082', 'http://127.0.0.22:8082']
const popular = await (await fetch(`${other}/recommend/somebody`)).text()
const rated = await fetch(`${one}/users/somebody/ratings/589`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: '{"rating":5}'
})
const answered = await (await fetch(`${other}/recommend/somebody`)).text()
const folded = await fetch(`${other}/recommend`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"history":[{"movieId":"589","rating":5}]}'
})
if (rated.status !== 204 || answered === popular || answered !== (await folded.text()))
  throw new Error(`expected a rating given to one replica to count in the next answer of the other, found ${rated.status}: ${answered}`)
console.log('a rating given to one replica counts in the next answer of the other')

// Rolling restart, then a replica that dies without a word, all of it under load.
const load = autocannon(
  { url: BALANCER, connections: 20, duration: 600, overallRate: 400, requests: users.map(user => ({ path: `/recommend/${user}` })) },
  () => {}
)
const done = once(load, 'done')
for (const { i, signal } of /** @type {const} */ ([
  { i: 0, signal: 'SIGTERM' },
  { i: 1, signal: 'SIGTERM' },
  { i: 0, signal: 'SIGKILL' }
])) {
  await sleep(3000)
  const exited = once(replicas[i], 'exit')
  replicas[i].kill(signal)
  await exited
  await sleep(1000)
  replicas[i] = replica(i + 1)
  await until(`replica ${i + 1} is ready again`, ok(`http://127.0.0.2${i + 1}:8082/readyz`))
  await sleep(3000)
}
load.stop()
const [{ errors, non2xx, timeouts, requests }] = await done
const result = { errors, non2xx, timeouts, answered: requests.total }
console.log('rolling restart and a kill under load:', result)
if (errors + non2xx + timeouts > 0 || result.answered < 1000) throw new Error('requests were lost')

// A server that closes idle connections says when.
for (const address of ['127.0.0.21', '127.0.0.22']) {
  const promise = (await fetch(`http://${address}:8082/`)).headers.get('keep-alive')
  if (promise !== null) throw new Error(`expected ${address} to leave idle connections to the balancer, found keep-alive: ${promise}`)
}
console.log('no replica closes an idle connection of the balancer')

// More at once than the queues hold, and lists so long that they come faster than they are answered: some have to be refused.
const body = JSON.stringify({ users: users.slice(0, 100), n: 500 })
const send = async () =>
  (await fetch(`${BALANCER}/recommend/batch`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
await Promise.all(Array.from({ length: 150 }, send))
await Promise.all(users.slice(0, 100).map(user => fetch(`${BALANCER}/recommend/${user}`)))
await fetch(`${BALANCER}/recommend/nobody`)
await sleep(8000)
await Promise.all(Array.from({ length: 150 }, send))
await fetch(`${BALANCER}/recommend/nobody`)
await sleep(8000)

const { panels } = JSON.parse(readFileSync('docker/compose/grafana/dashboards/movie-recommender.json', 'utf8'))
// Only graphs that stop early tell it, and the default model scores all of its rows.
const MAY_BE_EMPTY = ['Scanned rows', 'Store of ratings: time']
const empty = []
for (const { title, targets } of panels)
  for (const { expr } of targets) {
    const series = await query(expr.replaceAll('$__rate_interval', '30s'))
    const values = series.map(({ metric, value }) => [...Object.values(metric), Number(Number(value[1]).toPrecision(3))].join(' '))
    console.log(`${title}: ${values.join(', ')}`)
    const isEmpty = series.length === 0 || series.some(({ value }) => value[1] === 'NaN')
    if (isEmpty && !MAY_BE_EMPTY.includes(title)) empty.push(`${title}: ${expr}`)
  }
if (empty.length > 0) throw new Error(`these show nothing:\n${empty.join('\n')}`)
console.log('every panel of the dashboard shows something that can')

/** @type {{ data: { groups: { rules: { name: string, health: string, state: string }[] }[] } }} */
const { data } = await (await fetch(`${PROMETHEUS}/api/v1/rules`)).json()
const rules = data.groups.flatMap(group => group.rules)
for (const { name, health, state } of rules) console.log(`${name}: ${state}`, health === 'ok' ? '' : health)
if (rules.length === 0 || rules.some(({ health }) => health !== 'ok')) throw new Error('Prometheus cannot work out every alert')
console.log('every alert is worked out')
process.exit(0)
