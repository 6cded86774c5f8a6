import t from 'tap'
import { Batcher, type BatcherLimits, QueueFull, TookTooLong } from '../../src/recommender/batcher.js'

/** A batcher that multiplies by ten, and the list of batches it has run. */
function recording(
  limits: Partial<BatcherLimits> = {},
  run: (inputs: number[]) => Promise<(number | Error)[]> = async inputs => inputs.map(input => input * 10)
) {
  const batches: number[][] = []
  const batcher = new Batcher<number, number>(
    async inputs => {
      batches.push(inputs)
      return run(inputs)
    },
    { maxBatch: 2, maxQueue: 100, maxQueueMs: 10_000, maxInFlight: 1, maxWaitMs: 10_000, ...limits }
  )
  return { batcher, batches }
}

/** A run that ends when it is told to. */
function gated() {
  const open: (() => void)[] = []
  return { open, run: (inputs: number[]) => new Promise<number[]>(resolve => open.push(() => resolve(inputs))) }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Fifty calls, for long enough that the next is taken for one that comes alone. */
async function comeOneByOne(batcher: Batcher<number, number>): Promise<void> {
  for (let n = 0; n < 50; n++) await batcher.submit(n).then(turn)
}
/** All promises that can go on have gone on, and the turn of the event loop has not ended. */
const settled = () => new Promise<void>(resolve => process.nextTick(resolve))
const sizes = (batches: number[][]) => batches.map(({ length }) => length)

t.test('joins calls made together into batches of at most maxBatch', async t => {
  const { batcher, batches } = recording()
  t.same(await Promise.all([1, 2, 3].map(n => batcher.submit(n))), [10, 20, 30])
  t.same(batches, [[1, 2], [3]])
})

t.test('a full batch does not wait for the end of the turn', t => {
  const { batcher, batches } = recording()
  void batcher.submit(1)
  t.same(batches, [])
  void batcher.submit(2)
  t.same(batches, [[1, 2]])
  t.end()
})

t.test('a lone call waits for nobody', async t => {
  const { batcher, batches } = recording()
  const answer = batcher.submit(1)
  await turn()
  t.same(batches, [[1]])
  t.equal(await answer, 10)
})

t.test('where calls come one at a time, the next one does not wait for its turn to end, until two come together', async t => {
  const { batcher, batches } = recording({ maxBatch: 10 })
  await comeOneByOne(batcher)
  batches.length = 0
  const together = [1, 2, 3].map(n => batcher.submit(n))
  t.same(batches, [[1]])
  t.same(await Promise.all(together), [10, 20, 30])
  await turn()
  const next = [4, 5].map(n => batcher.submit(n))
  t.same(await Promise.all(next), [40, 50])
  t.same(batches, [[1], [2, 3], [4, 5]])
})

t.test('where calls come one at a time, the next one may come in the turn of the last answer', async t => {
  const { batcher, batches } = recording({ maxBatch: 10 })
  await comeOneByOne(batcher)
  await batcher.submit(50)
  await settled()
  void batcher.submit(51)
  t.same(batches.slice(50), [[50], [51]])
})

t.test('where calls come one at a time, two that come while one runs go together', async t => {
  const run = (inputs: number[]): Promise<number[]> => (inputs.includes(100) ? new Promise(() => {}) : Promise.resolve(inputs))
  const { batcher, batches } = recording({ maxBatch: 10, maxInFlight: 2 }, run)
  await comeOneByOne(batcher)
  void batcher.submit(100)
  await Promise.all([101, 102].map(n => batcher.submit(n)))
  t.same(batches.slice(50), [[100], [101, 102]])
})

t.test('a call beside a group that is not whole yet waits with it', async t => {
  const { batcher, batches } = recording({ maxBatch: 10 })
  await comeOneByOne(batcher)
  batches.length = 0
  const group = {}
  const calls = [batcher.submit(1, group), batcher.submit(2), batcher.submit(3, group)]
  t.same(await Promise.all(calls), [10, 20, 30])
  t.same(batches, [[1, 2, 3]])
})

t.test('what comes while a batch runs forms the next one', async t => {
  const { open, run } = gated()
  const { batcher, batches } = recording({ maxBatch: 10 }, run)
  const first = batcher.submit(1)
  await turn()
  const others = [2, 3].map(n => batcher.submit(n))
  await turn()
  t.same(batches, [[1]], 'one in flight, so the others wait')
  open[0]()
  await first
  await turn()
  await turn()
  t.same(batches, [[1], [2, 3]])
  open[1]()
  t.same(await Promise.all(others), [2, 3])
})

t.test('what is asked in the turn of an answer goes with what has waited for the end of that batch', async t => {
  const { open, run } = gated()
  const { batcher, batches } = recording({ maxBatch: 10 }, run)
  const first = batcher.submit(1)
  await turn()
  void batcher.submit(2)
  open[0]()
  await first
  await settled()
  void batcher.submit(3)
  await turn()
  t.same(batches, [[1], [2, 3]])
})

t.test('a full batch that has waited runs as soon as the one before it ends', async t => {
  const { open, run } = gated()
  const { batcher, batches } = recording({ maxBatch: 2 }, run)
  const [first] = [1, 2, 3, 4].map(n => batcher.submit(n))
  open[0]()
  await first
  await settled()
  t.same(batches, [[1, 2], [3, 4]]) // prettier-ignore
})

t.test('runs at most maxInFlight batches at a time', async t => {
  const { open, run } = gated()
  const { batcher, batches } = recording({ maxBatch: 1, maxInFlight: 2 }, run)
  const answers = [1, 2, 3].map(n => batcher.submit(n))
  await turn()
  t.same(batches, [[1], [2]])
  open[0]()
  await answers[0]
  await turn()
  await turn()
  t.same(batches, [[1], [2], [3]])
  for (const let_go of open) let_go()
  await Promise.all(answers)
})

t.test('shares a crowd out between the batches that may run at once', async t => {
  const { batcher, batches } = recording({ maxBatch: 100, maxInFlight: 2 })
  await Promise.all(Array.from({ length: 50 }, (_, n) => batcher.submit(n)))
  t.same(sizes(batches), [25, 25])
  await Promise.all(Array.from({ length: 20 }, (_, n) => batcher.submit(n)))
  t.same(sizes(batches.slice(2)), [16, 4], 'but not into very small ones')
})

t.test('never shares out a group, even one larger than a batch', async t => {
  const { batcher, batches } = recording({ maxBatch: 10, maxInFlight: 2 })
  const group = {}
  await Promise.all([batcher.submit(0), ...Array.from({ length: 50 }, (_, n) => batcher.submit(n, group)), batcher.submit(1)])
  t.same(sizes(batches), [51, 1])
})

t.test('one group ends where the next one begins', async t => {
  const { batcher, batches } = recording({ maxBatch: 10 })
  const [one, other] = [{}, {}]
  const calls = [one, other].flatMap(group => Array.from({ length: 10 }, (_, n) => batcher.submit(n, group)))
  await Promise.all(calls)
  t.same(sizes(batches), [10, 10])
})

t.test('what has been admitted is not refused later, however full the queue has become', async t => {
  const { batcher } = recording({ maxBatch: 10, maxQueue: 4 })
  batcher.admit(2)
  const calls = [1, 2, 3, 4].map(n => batcher.submit(n))
  const group = {}
  t.same(await Promise.all([...calls, batcher.submit(5, group), batcher.submit(6, group)]), [10, 20, 30, 40, 50, 60])
})

t.test('answers all callers of a batch in the same turn', async t => {
  const { batcher } = recording({ maxBatch: 10 })
  const order: string[] = []
  const calls = [1, 2].map(n => batcher.submit(n).then(() => order.push(`answer ${n}`)))
  setImmediate(() => setImmediate(() => order.push('next turn')))
  await Promise.all(calls)
  await turn()
  await turn()
  t.same(order, ['answer 1', 'answer 2', 'next turn'])
})

t.test('refuses at once when maxQueue are waiting, and takes more when they are gone', async t => {
  const { batcher } = recording({ maxBatch: 10, maxQueue: 2 })
  const accepted = [1, 2].map(n => batcher.submit(n))
  await t.rejects(batcher.submit(3), new QueueFull())
  t.same(await Promise.all(accepted), [10, 20])
  t.equal(await batcher.submit(3), 30)
})

t.test('admits a group to half of the queue, and single calls to all of it', async t => {
  const { batcher } = recording({ maxBatch: 10, maxQueue: 10 })
  batcher.admit(5)
  t.throws(() => batcher.admit(6), new QueueFull())
  const calls = [1, 2, 3].map(n => batcher.submit(n))
  t.throws(() => batcher.admit(3), new QueueFull(), 'what waits already counts')
  batcher.admit(2)
  await Promise.all(calls)
})

t.test('refuses at once what would wait longer than maxQueueMs, by the pace of the batches before', async t => {
  // a batch takes 20 ms, so an input takes 10
  const run = async (inputs: number[]): Promise<number[]> => {
    await new Promise(resolve => setTimeout(resolve, 20))
    return inputs
  }
  const { batcher } = recording({ maxBatch: 2, maxQueueMs: 100 }, run)
  for (let i = 0; i < 10; i++) await Promise.all([batcher.submit(1), batcher.submit(2)])
  const crowd = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => batcher.submit(i)))
  const accepted = crowd.filter(({ status }) => status === 'fulfilled').length
  t.ok(accepted >= 4 && accepted <= 12, `${accepted} of 40 are taken, which is about 100 ms`)
  t.same(
    crowd.filter(({ status }) => status === 'rejected').map(call => (call as PromiseRejectedResult).reason instanceof QueueFull),
    Array(40 - accepted).fill(true)
  )
  t.equal(await batcher.submit(7), 7, 'and takes more when they are gone')
})

t.test('by that pace, a group may wait half as long as a single call', async t => {
  // 20 inputs take 20 ms or a bit more
  let ms = 20
  const run = async (inputs: number[]): Promise<number[]> => {
    await new Promise(resolve => setTimeout(resolve, ms))
    return inputs
  }
  const { batcher } = recording({ maxBatch: 20, maxQueue: 10_000, maxQueueMs: 1000 }, run)
  const crowd = (size: number, before = () => {}) =>
    Array.from({ length: size }, (_, n) => {
      before()
      return batcher.submit(n)
    })
  for (let i = 0; i < 4; i++) await Promise.all(crowd(20))
  ms = 0
  let fullForGroups: number | undefined
  const calls = crowd(2000, () => {
    try {
      batcher.admit(1)
    } catch {
      fullForGroups ??= batcher.waiting
    }
  })
  const full = batcher.waiting
  t.ok(full > 10 && full < 1000, `${full} inputs of 1 ms wait about 500 ms`)
  t.ok([2 * Number(fullForGroups), 2 * Number(fullForGroups) - 1].includes(full), `of these ${fullForGroups} wait half as long`)
  await Promise.allSettled(calls)
})

t.test('refuses what has waited longer than maxWaitMs, in the queue as in a batch, and goes on', async t => {
  // The clock alone keeps no process alive; sockets do.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const { open, run } = gated()
  const { batcher, batches } = recording({ maxWaitMs: 100 }, run)
  const [running, queued] = [batcher.submit(1), turn().then(() => batcher.submit(2))]
  await t.rejects(running, new TookTooLong(100))
  await t.rejects(queued, new TookTooLong(100))
  open[0]()
  const next = batcher.submit(3)
  await turn()
  await turn()
  t.same(batches, [[1], [3]], 'nobody waits for 2 any more')
  open[1]()
  t.equal(await next, 3)
})

/** The error that a call is refused with, if it comes within 150 ms. */
const refusal = (call: Promise<unknown>): Promise<unknown> =>
  Promise.race([call.catch((error: unknown) => error), new Promise(resolve => setTimeout(() => resolve('none yet'), 150))])

t.test('refuses soon after maxWaitMs', async t => {
  const { batcher } = recording({ maxWaitMs: 50 }, gated().run)
  t.match(await refusal(batcher.submit(1)), { ms: 50 })
})

t.test('refuses in time what comes into an empty queue just before it looks for what is late', async t => {
  const { batcher } = recording({ maxWaitMs: 50 }, inputs => (inputs.includes(2) ? new Promise(() => {}) : Promise.resolve(inputs)))
  await batcher.submit(1)
  const call = new Promise<unknown>(resolve => {
    setTimeout(() => {
      // It looks every 5 ms: now as soon as this function ends, and before the call has left the queue.
      for (const start = performance.now(); performance.now() < start + 10;);
      resolve(refusal(batcher.submit(2)))
    })
  })
  t.match(await call, { ms: 50 })
})

t.test('who has come later waits on, and a further step has come when its request came', async t => {
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const { open, run } = gated()
  const { batcher } = recording({ maxBatch: 10, maxWaitMs: 1000 }, run)
  const step = batcher.submit(1, {}, performance.now() - 1001)
  const call = batcher.submit(2)
  await t.rejects(step, new TookTooLong(1000))
  open[0]()
  t.equal(await call, 2)
})

t.test('an error among the outputs rejects the caller of that input alone', async t => {
  const { batcher } = recording({}, async inputs => inputs.map(n => (n === 1 ? new Error('no ones') : n)))
  const results = await Promise.allSettled([1, 2].map(n => batcher.submit(n)))
  t.match(results, [
    { status: 'rejected', reason: { message: 'no ones' } },
    { status: 'fulfilled', value: 2 }
  ])
})

t.test('the errors say what was the matter', t => {
  t.match(new QueueFull(), { message: 'too many are waiting already' })
  t.match(new TookTooLong(100), { ms: 100, message: 'there was no answer within 100 ms' })
  t.end()
})

t.test('a failed batch rejects its own callers and nobody else', async t => {
  const { batcher } = recording({}, async inputs => {
    if (inputs.includes(1)) throw new Error('no ones')
    return inputs
  })
  const results = await Promise.allSettled([1, 2, 3, 4].map(n => batcher.submit(n)))
  t.match(results, [{ reason: { message: 'no ones' } }, { reason: { message: 'no ones' } }, { value: 3 }, { value: 4 }])
})

t.test('a run that throws before it promises is a failed batch too', async t => {
  const { batcher } = recording({}, () => {
    throw new Error('at once')
  })
  await t.rejects(batcher.submit(1), { message: 'at once' })
  await t.rejects(batcher.submit(2), { message: 'at once' }, 'and the next one is run')
})

t.test('says so when run gives back the wrong number of outputs', async t => {
  const { batcher } = recording({}, async () => [])
  await t.rejects(batcher.submit(1), { message: 'expected 1 outputs, one for each input, found 0' })
})
