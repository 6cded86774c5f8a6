// The real images, run the way each target runs them. `test/targets/behave` builds them and starts this.
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { container, type How } from '../fixtures/containers.js'
import { events, type Sent } from '../fixtures/events.js'
import { lambdaRuntime, type LambdaRuntime } from '../fixtures/lambda-runtime.js'
import { type HealthCheck, isWell, loadBalancer } from '../fixtures/load-balancer.js'
import { containers, environments, fargate, lambda, lightsail, runner } from '../fixtures/templates.js'

const { SERVER_IMAGE: server = '', FUNCTION_IMAGE: fn = '' } = process.env
const skip = server && fn ? false : 'test/targets/behave has the images for it'
const IDLE_MS = 60_000 // of an ALB, unless told otherwise

let ports = 18_600
const start = async (t: Test, env: Record<string, string>, how: How = {}) => {
  const port = ports++
  return { port, ...(await container(t, server, { ...how, env: { ...env, PORT: `${port}` } })) }
}
const wellWithin = async (port: number, path: string, ms: number): Promise<void> => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (await isWell(port, path, 1000)) return
  throw new Error(`not well after ${ms} ms`)
}

const seconds = (value: unknown): number => 1000 * Number(value)
const targetGroup = fargate.Targets.Properties
const albCheck: HealthCheck = {
  path: targetGroup.HealthCheckPath,
  intervalMs: seconds(targetGroup.HealthCheckIntervalSeconds),
  timeoutMs: seconds(targetGroup.HealthCheckTimeoutSeconds),
  healthy: targetGroup.HealthyThresholdCount,
  unhealthy: targetGroup.UnhealthyThresholdCount
}

t.jobs = 3

t.test('behind an ALB, a connection is still good after the longest it may be idle', { skip, buffered: true }, async t => {
  const { port } = await start(t, environments['ecs-fargate'])
  await wellWithin(port, '/readyz', 20_000)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const ask = () =>
    new Promise<{ status?: number; reused: boolean }>((resolve, reject) => {
      const request = get({ port, path: '/recommend/42', agent }, response => {
        response.resume().on('end', () => resolve({ status: response.statusCode, reused: request.reusedSocket }))
      }).on('error', reject)
    })
  t.same(await ask(), { status: 200, reused: false })
  await sleep(IDLE_MS + 1000)
  t.same(await ask(), { status: 200, reused: true })
})

t.test('on ECS, no request is lost when a task is told to stop while they arrive', { skip, buffered: true }, async t => {
  const [old, next] = [await start(t, environments['ecs-fargate']), await start(t, environments['ecs-fargate'])]
  for (const { port } of [old, next]) await wellWithin(port, '/readyz', 20_000)
  const balancer = await loadBalancer(t, [old.port, next.port], albCheck)
  const answers: Promise<number | string>[] = []
  const arriving = setInterval(() => {
    const user = (answers.length % 610) + 1
    answers.push(fetch(`${balancer.url}/recommend/${user}`).then(({ status }) => status, String))
  }, 10)
  await sleep(1000)
  // As when Spot takes a task back: the signal comes first, and the load balancer learns of it by its health checks.
  const { code, ms } = await old.stop(containers['ecs-fargate'].StopTimeout)
  const whenGone = answers.length
  await sleep(1000)
  clearInterval(arriving)
  const all = await Promise.all(answers)
  t.same([...new Set(all)], [200], `${all.length} requests, ${whenGone} of them until the task was gone`)
  t.ok(whenGone > 500, 'they came all the time')
  t.equal(balancer.targets[0].healthy, false)
  t.equal(code, 0, 'it ended by itself')
  t.ok(ms < seconds(containers['ecs-fargate'].StopTimeout), `in ${Math.round(ms)} ms, before it would be killed`)
})

/** The smallest size that is sold must be healthy before the target gives it up. */
const probing: Record<string, { check: HealthCheck; env: Record<string, string> }> = {
  'App Runner': {
    env: environments['app-runner'],
    check: (({ Path, Interval, Timeout, HealthyThreshold, UnhealthyThreshold }) => ({
      path: Path,
      intervalMs: seconds(Interval),
      timeoutMs: seconds(Timeout),
      healthy: HealthyThreshold,
      unhealthy: UnhealthyThreshold
    }))(runner.HealthCheckConfiguration)
  },
  Lightsail: {
    env: environments.lightsail,
    check: (({ Path, IntervalSeconds, TimeoutSeconds, HealthyThreshold, UnhealthyThreshold }) => ({
      path: Path,
      intervalMs: seconds(IntervalSeconds),
      timeoutMs: seconds(TimeoutSeconds),
      healthy: HealthyThreshold,
      unhealthy: UnhealthyThreshold
    }))(lightsail.PublicEndpoint.HealthCheckConfig)
  }
}
for (const [target, { check, env }] of Object.entries(probing)) {
  t.test(`on ${target}, a quarter of a vCPU is healthy long before it would be given up`, { skip, buffered: true }, async t => {
    const { port, startedAt } = await start(t, env, { cpus: 0.25, memory: '512m' })
    const givenUp = check.intervalMs * check.unhealthy
    let inARow = 0
    while (inARow < check.healthy && Date.now() - startedAt < givenUp) {
      inARow = (await isWell(port, check.path, check.timeoutMs)) ? inARow + 1 : 0
      if (inARow < check.healthy) await sleep(inARow > 0 ? check.intervalMs : 100)
    }
    const took = Date.now() - startedAt - (check.healthy - 1) * check.intervalMs
    t.equal(inARow, check.healthy)
    t.ok(took < givenUp / 2, `first healthy ${took} ms after its start; it would be given up after ${givenUp}`)
  })
}

/** The function as Lambda runs it: a user the image does not know, CPU in proportion to memory, and only /tmp to write to. */
const startFunction = async (
  t: Test,
  mb: number
): Promise<{ runtime: LambdaRuntime; initMs: number; pause(ms: number): Promise<void> }> => {
  const runtime = await lambdaRuntime(t)
  const env = { ...environments.lambda, ...runtime.env(mb) }
  const running = await container(t, fn, { cpus: mb / 1769, memory: `${mb}m`, env, args: ['--user', '993:990', '--tmpfs', '/tmp'] })
  const at = await Promise.race([runtime.ready, sleep(30_000).then(() => Promise.reject(new Error('no init within 30 s')))])
  const pause = async (ms: number): Promise<void> => {
    await running.do('pause')
    await sleep(ms)
    await running.do('unpause')
  }
  return { runtime, initMs: at - running.startedAt, pause }
}

interface Answer {
  statusCode: number
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  body: string
  isBase64Encoded?: boolean
}
const bodyOf = ({ body, isBase64Encoded }: Answer): string => (isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
const json = { 'content-type': 'application/json' }

t.test('on Lambda', { skip, buffered: true }, async t => {
  const { port } = await start(t, {})
  await wellWithin(port, '/readyz', 20_000)
  const { runtime, initMs, pause } = await startFunction(t, 1769)
  const invoke = async (event: unknown): Promise<Answer> => JSON.parse(await runtime.invoke(event)) as Answer

  await t.test('the init phase is short with a whole vCPU, and well inside its 10 s with less than a third of one', async t => {
    // The quickest of three: what else the machine does can only add to it.
    const inits = [initMs, (await startFunction(t, 1769)).initMs, (await startFunction(t, 1769)).initMs]
    t.ok(Math.min(...inits) < 1000, `${inits.join(', ')} ms at 1,769 MB`)
    const small = await startFunction(t, 512)
    t.ok(small.initMs < 5000, `${small.initMs} ms at 512 MB`)
  })

  await t.test('every form of event is answered as the server answers the same request', async t => {
    const asked: Sent[] = [
      { path: '/recommend/42' },
      { path: '/recommend/%34%32?n=3', headers: { accept: 'application/json' } },
      { path: '/recommend/a%2Cb%20c' },
      { path: '/recommend/1,2' },
      { path: '/popular?exclude=318&exclude=356&n=2' },
      { path: '/recommend', method: 'POST', headers: json, body: '{"history":[589,1036],"n":3}' },
      { path: '/recommend', method: 'POST', headers: json, body: '\u0000ÿ\u0001 binary' }
    ]
    for (const [kind, eventOf] of Object.entries(events)) {
      for (const sent of asked) {
        const { path, ...init } = sent
        // A load balancer without multi-value headers hands on the last of repeated parameters only.
        if (kind === 'ALB' && path.includes('exclude=318&')) continue
        const expected = await fetch(`http://127.0.0.1:${port}${path}`, init)
        const answer = await invoke(eventOf(sent))
        const without = (text: string) => text.replace(/"requestId":"[^"]*"/, '')
        t.equal(answer.statusCode, expected.status, `${kind}: ${sent.method ?? 'GET'} ${path}`)
        t.equal(without(bodyOf(answer)), without(await expected.text()))
        const type = answer.headers?.['content-type'] ?? answer.multiValueHeaders?.['content-type'][0]
        t.equal(type, expected.headers.get('content-type'))
      }
    }
  })

  await t.test('a body that comes in base64 is read, whatever the door takes it for', async t => {
    for (const [kind, eventOf] of Object.entries(events)) {
      const event = eventOf({ path: '/recommend', method: 'POST', headers: json, body: '{"history":[589],"n":2}' })
      const encoded = { ...event, body: Buffer.from(event.body as string).toString('base64'), isBase64Encoded: true }
      const [plain, again] = [await invoke(event), await invoke(encoded)]
      t.equal(plain.statusCode, 200, kind)
      t.equal(bodyOf(again), bodyOf(plain))
    }
  })

  await t.test('the largest request is taken, and the largest answer is far inside 6 MB', async t => {
    const limit = 262_144
    const padded = (length: number) => `{"history":[589]${' '.repeat(length - 17)}}`
    const post = (path: string, body: string) => invoke(events['HTTP API']({ path, method: 'POST', headers: json, body }))
    t.equal((await post('/recommend', padded(limit))).statusCode, 200)
    t.equal((await post('/recommend', padded(limit + 1))).statusCode, 413)
    const batch = (n: number) => post('/recommend/batch', JSON.stringify({ users: Array.from({ length: 100 }, (_, i) => `${i + 1}`), n }))
    const sizeOf = async (n: number): Promise<number> => Buffer.byteLength(JSON.stringify(await batch(n)))
    t.ok((await sizeOf(500)) < 6_000_000, 'a hundred users, five hundred movies each')
    t.ok((await sizeOf(100)) < 1_000_000, 'and inside the 1 MB of a load balancer with a hundred each')
  })

  await t.test('after a freeze it answers as if nothing had been', async t => {
    const event = events['HTTP API']({ path: '/recommend/42' })
    const before = await invoke(event)
    await pause(3000)
    t.match(await invoke(event), { statusCode: 200, body: before.body })
  })
})

t.test('the function of the template has time for the longest answer', { skip }, async t => {
  t.ok(seconds(lambda.Function.Properties.Timeout) > 20_000)
})
