// The server's image, run the way ECS runs it, behind a load balancer: on Fargate and in Express Mode.
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { server, skip } from '../../fixtures/containers.js'
import { Connections, isWell, loadBalancer, until } from '../../fixtures/load-balancer.js'
import { attribute, containers, fargate, healthChecks, taskSize } from '../../fixtures/templates.js'
import { SLOWEST_MS, traffic } from '../../fixtures/traffic.js'

t.jobs = 4

const START_MS = 30_000

async function task(t: Test, target: string) {
  const { StopTimeout, User: user } = containers[target]
  const { port, stop } = await server(t, target, { ...taskSize(target), user })
  const stopped = async (t: Test): Promise<void> => {
    const { code, ms } = await stop(StopTimeout)
    t.equal(code, 0, 'it ended by itself')
    t.ok(ms < 1000 * StopTimeout, `in ${ms} ms, before it would be killed`)
  }
  return { port, stopped }
}

t.test('behind an ALB, connections are still good after the longest they may be idle', { skip, buffered: true }, async t => {
  const idle = Number(attribute(fargate.LoadBalancer.Properties.LoadBalancerAttributes, 'idle_timeout.timeout_seconds'))
  const { port } = await task(t, 'ecs-fargate')
  const agent = new Connections()
  t.teardown(() => agent.destroy())
  const send = () =>
    new Promise<{ status?: number; reused: boolean }>((resolve, reject) => {
      const request = get({ port, path: '/recommend/42', agent }, response => {
        response.resume().on('end', () => resolve({ status: response.statusCode, reused: request.reusedSocket }))
      }).on('error', reject)
    })
  const askAtOnce = () => Promise.all(Array.from({ length: 8 }, send))
  await until(() => isWell(port, healthChecks['ecs-fargate']), START_MS)
  t.same(await askAtOnce(), Array(8).fill({ status: 200, reused: false }))
  await sleep(1000 * (idle + 1))
  t.same(await askAtOnce(), Array(8).fill({ status: 200, reused: true }))
})

t.test('on Fargate, no request is lost when Spot takes a task back while they arrive', { skip, buffered: true }, async t => {
  const [taken, other] = [await task(t, 'ecs-fargate'), await task(t, 'ecs-fargate')]
  const balancer = await loadBalancer(t, healthChecks['ecs-fargate'])
  const targets = [taken, other].map(({ port }) => balancer.register(port))
  await until(() => targets.every(({ healthy }) => healthy), START_MS)
  const people = traffic(t, balancer.url)
  await sleep(SLOWEST_MS)
  // The signal comes first, and the load balancer learns of it by its health checks.
  await taken.stopped(t)
  t.notOk(targets[0].healthy)
  await sleep(1000)
  t.same(await people.end(), [], `of ${people.sent} requests, ${targets[0].requests} of them to that task`)
})

t.test('on Fargate, no request is lost in a deployment', { skip, buffered: true }, async t => {
  const balancer = await loadBalancer(t, healthChecks['ecs-fargate'])
  const old = await task(t, 'ecs-fargate')
  const oldTarget = balancer.register(old.port)
  await until(() => oldTarget.healthy, START_MS)
  const people = traffic(t, balancer.url)
  const newTarget = balancer.register((await task(t, 'ecs-fargate')).port)
  await until(() => newTarget.healthy, START_MS)
  await sleep(SLOWEST_MS)
  // Deregistration and stop overlap: the load balancer's last requests come after the signal.
  const stopped = old.stopped(t)
  await sleep(1000)
  oldTarget.weight = 0
  const { requests: sent, inFlight } = oldTarget
  await stopped
  t.ok(inFlight > 0, `${inFlight} were in flight`)
  t.same(await people.end(), [], `of ${people.sent} requests, ${sent} of them to the old task`)
})

t.test(
  'in Express Mode, no request is lost in a canary deployment, where one in a hundred would undo it',
  { skip, buffered: true },
  async t => {
    // Each bake is 3 minutes there, and checks come every 30 s; only what is shown in less time is shown here.
    const bake = (): Promise<unknown> => sleep(SLOWEST_MS + 1000)
    const balancer = await loadBalancer(t, { ...healthChecks['ecs-express'], intervalMs: 1000 })
    const old = await task(t, 'ecs-express')
    const oldTarget = balancer.register(old.port, 100)
    await until(() => oldTarget.healthy, START_MS)
    const people = traffic(t, balancer.url)
    const canary = balancer.register((await task(t, 'ecs-express')).port, 0)
    await until(() => canary.healthy, START_MS)
    oldTarget.weight = 95
    canary.weight = 5
    await bake()
    const early = canary.requests
    t.ok(early > 0, `${early} requests went to the canary`)
    oldTarget.weight = 0
    await bake()
    t.ok(canary.requests > 10 * early, 'then all did')
    await old.stopped(t)
    t.same(await people.end(), [], `of ${people.sent} requests`)
  }
)
