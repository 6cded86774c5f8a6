import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { configSchema } from '../src/config.js'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { server } from './fixtures/doors.js'

interface Service {
  command?: string[]
  image: string
  build?: { context: string }
  user?: string
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  ports?: string[]
  volumes?: string[]
  environment?: Record<string, string>
  stop_grace_period?: string
  healthcheck?: { test: string[] }
  deploy?: { replicas: number }
}

const read = (file: string) => readFile(`docker/${file}`, 'utf8')
const compose = parse(await read('compose.yaml'), { merge: true }) as { services: Record<string, Service> }
const { app, balancer, prometheus, grafana } = compose.services
const haproxy = await read('compose/haproxy.cfg')
const { scrape_configs: scraped, rule_files } = parse(await read('compose/prometheus.yml'))
const [{ rules }] = parse(await read('compose/alerts.yml')).groups as { rules: { alert: string; expr: string }[] }[]
const dashboard = JSON.parse(await read('compose/grafana/dashboards/movie-recommender.json'))
const defaultOf = (name: keyof typeof configSchema.properties): number => Number(configSchema.properties[name].default)
const setting = (pattern: RegExp): string => haproxy.match(pattern)?.[1] ?? `nothing like ${pattern}`
const milliseconds = (text: string): number => Number.parseInt(text) * (text.endsWith('ms') ? 1 : 1000)

// Two at a time are one too many: something has to be refused, for refusals to be counted.
const dir = t.testdir()
const settings = { MODEL_DIR: await trainCheckerboard(dir), LOG_LEVEL: 'silent', MAX_QUEUE: '1', HISTORY_STORE: `file:${dir}/histories` }
const send = await server(t, { ...app.environment, ...settings })

t.test('every container is locked down, pinned to a version, and published to this machine alone', async t => {
  for (const [name, { image, build, read_only, cap_drop, security_opt, ports = [] }] of Object.entries(compose.services)) {
    t.match({ read_only, cap_drop, security_opt }, { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }, name)
    if (!build) t.match(image, /:v?\d+\.\d+\.\d+(-[a-z]+)?$/, image)
    for (const port of ports) t.match(port, /^127\.0\.0\.1:\d+:\d+$/, `${name} ${port}`)
  }
  t.match(app.user, /^[1-9]\d*:[1-9]\d*$/)
  t.equal(app.ports, undefined, 'the service is reached through the balancer only')
})

t.test('what is mounted is there, and read-only', async t => {
  for (const { volumes = [] } of Object.values(compose.services))
    for (const [, file, mode] of volumes.flatMap(volume => [...volume.matchAll(/^\.\/([^:]+):[^:]+:?(.*)$/g)])) {
      t.equal(mode, 'ro', file)
      await t.resolves(
        readdir(`docker/${file}`).catch(() => read(file)),
        file
      )
    }
})

t.test('ports and paths are those of the service', async t => {
  const port = `${defaultOf('PORT')}`
  t.equal(setting(/server-template \S+ \d+ app:(\d+)/), port)
  t.equal(scraped[0].dns_sd_configs[0].port, Number(port))
  t.same(scraped[0].dns_sd_configs[0].names, ['app'])
  t.match(balancer.ports, [`127.0.0.1:${port}:${setting(/frontend service\n\s+bind :(\d+)/)}`])
  t.equal(scraped[1].static_configs[0].targets[0], `balancer:${setting(/frontend figures\n\s+bind :(\d+)/)}`)
  const health = setting(/http-check send meth GET uri (\S+)/)
  t.equal((await send(health)).body, 'ready', 'the balancer asks whether it takes requests')
  const [, own] = app.healthcheck?.test.at(-1)?.match(/PORT \+ '([^']+)'/) ?? []
  t.equal((await send(own)).status, 200)
})

t.test('the replicas keep ratings in one place, which outlives its container', async t => {
  const { histories } = compose.services
  t.equal(app.environment?.HISTORY_STORE, 'redis://histories:6379')
  t.match(histories.volumes, ['histories:/data'])
  t.match(String(histories.command), /--appendonly,yes/)
})

t.test('time-outs fit into each other', async t => {
  const server = milliseconds(setting(/timeout server (\S+)/))
  t.ok(server > defaultOf('HANDLER_TIMEOUT_MS'), 'the service gives up first, and says so')
  t.notOk((await send('/')).headers['keep-alive'], 'the balancer, which has no time-out for idle connections, alone closes them')
  const { SHUTDOWN_DELAY_MS: delay, SHUTDOWN_TIMEOUT_MS: rest } = app.environment as Record<string, string>
  const [, inter, fall] = haproxy.match(/check inter (\S+) fall (\d+)/) ?? []
  t.ok(Number(delay) > milliseconds(inter) * (Number(fall) + 1), 'the balancer has seen it before the service stops listening')
  t.ok(milliseconds(app.stop_grace_period as string) > Number(delay) + Number(rest), 'nobody is killed before')
  t.ok(Number(setting(/server-template \S+ (\d+)/)) >= (app.deploy?.replicas ?? 1))
})

t.test('dashboard and alerts ask for figures that the service has, by labels that they have', async t => {
  for (const path of ['/recommend/4', '/recommend/nobody', '/popular']) await send(path)
  await send({ path: '/recommend/batch', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"users":["1","2"]}' })
  const { body } = await send('/metrics')
  const types = new Map([...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]))
  const labels = (name: string): Set<string> =>
    new Set(
      [...body.matchAll(new RegExp(`^${name}\\{([^}]*)\\}`, 'gm'))].flatMap(([, pairs]) =>
        [...pairs.matchAll(/(\w+)=/g)].map(([, label]) => label)
      )
    )
  // what Prometheus adds
  const known = (name: string): Set<string> => new Set([...labels(name), 'job', 'instance'])
  const ours = /\b((?:http|recommender|process|nodejs|log)_\w+)(?:\{([^}]*)\})?/g
  const panels = dashboard.panels.flatMap(({ title, targets }: { title: string; targets: { expr: string }[] }) =>
    targets.map(({ expr }) => ({ title, expr }))
  )
  const asked = new Set<string>()
  for (const { title, expr } of [...panels, ...rules.map(({ alert, expr }) => ({ title: alert, expr }))]) {
    const metrics = [...expr.replaceAll(/by \([^)]*\)/g, '').matchAll(ours)]
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names]) => names.split(/, */))
    t.same(
      grouped.filter(label => !metrics.some(([, name]) => known(name).has(label))),
      [],
      `${title}: groups`
    )
    for (const [, name, matchers = ''] of metrics) {
      asked.add(name)
      t.ok(types.has(name.replace(/_(bucket|sum|count)$/, '')) || types.has(name), `${title}: ${name}`)
      const used = [...matchers.matchAll(/(\w+)(?:=|!)/g)].map(([, label]) => label)
      t.same(
        used.filter(label => !known(name).has(label)),
        [],
        `${title}: labels of ${name}`
      )
      for (const [, bound] of matchers.matchAll(/le="([^"]*)"/g)) t.match(body, `\n${name}{le="${bound}"`, 'a bucket that it has')
      for (const [, routes] of matchers.matchAll(/route!~"([^"]*)"/g))
        t.strictSame(routes.split('|'), ['/', '/livez', '/readyz', '/ping', '/metrics'], `${title}: all requests but these`)
    }
  }
  for (const path of ['/', '/livez', '/readyz', '/ping', '/metrics']) t.equal((await send(path)).status, 200, path)
  const own = [...types.keys()].filter(name => /^(http|recommender|log)_/.test(name))
  t.strictSame(
    own.filter(name => ![...asked].some(figure => figure.startsWith(name))),
    [],
    'and no figure of the service goes unseen'
  )
})

t.test('an alert comes before the service gives up', async t => {
  const bound = (name: string): number => Number(rules.find(({ alert }) => alert === name)?.expr.match(/> ([\d.]+)$/)?.[1])
  t.ok(bound('EventLoopLate') * 1000 < defaultOf('MAX_EVENT_LOOP_DELAY_MS'))
  t.ok(bound('QueueLong') < defaultOf('MAX_QUEUE'))
  t.ok(bound('SlowAnswers') * 1000 < defaultOf('HANDLER_TIMEOUT_MS'))
  t.match(
    (await send('/metrics')).body,
    `_duration_seconds_bucket{le="${bound('SlowAnswers')}"`,
    'a quantile is known at the bounds of buckets'
  )
})

t.test('Prometheus finds the alerts, and each of them is tried', async t => {
  t.strictSame(rule_files, ['alerts.yml'])
  t.ok(prometheus.volumes?.includes('./compose/alerts.yml:/etc/prometheus/alerts.yml:ro'))
  const { tests } = parse(await readFile('test/fixtures/alerts.yml', 'utf8'))
  const expected = (tests as { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[]).flatMap(test => test.alert_rule_test)
  const told = new Set<string>(expected.flatMap(({ alertname, exp_alerts }) => (exp_alerts.length > 0 ? alertname : [])))
  t.strictSame([...told].sort(), rules.map(({ alert }) => alert).sort())
})

const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' })
const skip = promtool('--version').error ? 'there is no promtool; it comes with Prometheus' : false

t.test('each alert tells when it should, and not before', { skip }, async t => {
  for (const args of [
    ['check', 'config', 'docker/compose/prometheus.yml'],
    ['test', 'rules', 'test/fixtures/alerts.yml']
  ]) {
    const { status, stdout, stderr } = promtool(...args)
    t.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`)
  }
})

t.test('the dashboard is found by Grafana, its source by the dashboard, and its panels lie side by side', async t => {
  const [source] = parse(await read('compose/grafana/provisioning/datasources/prometheus.yaml')).datasources
  t.equal(source.url, `http://prometheus:${prometheus.ports?.[0].split(':').at(-1)}`)
  const [provider] = parse(await read('compose/grafana/provisioning/dashboards/dashboards.yaml')).providers
  t.ok(grafana.volumes?.includes(`./compose/grafana/dashboards:${provider.options.path}:ro`))
  t.equal(grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH, `${provider.options.path}/movie-recommender.json`)
  const cells: string[] = []
  for (const { title, targets, gridPos, fieldConfig, type } of dashboard.panels) {
    t.match({ type, unit: fieldConfig.defaults.unit }, { type: /^(timeseries|stat)$/, unit: /^\w+$/ }, title)
    for (const { datasource } of targets) t.equal(datasource.uid, source.uid)
    t.ok(gridPos.x + gridPos.w <= 24, `${title} is within the width of 24`)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) cells.push(`${x} ${y}`)
  }
  t.equal(new Set(cells).size, cells.length, 'none covers another')
  t.equal(new Set(dashboard.panels.map(({ id }: { id: number }) => id)).size, dashboard.panels.length)
})
