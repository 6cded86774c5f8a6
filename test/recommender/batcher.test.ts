import t from 'tap'
import { Batcher, type BatcherLimits, QueueFull, TookTooLong } from '../../src/recommender/batcher.js'

/** A batcher that multiplies by ten, and the list of batches it has run. */
function recording(limits: Partial<BatcherLimits> = {}, run = async (inputs: number[]) => inputs.map(input => input * 10)) {
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

t.test('joins calls made together into batches of at most maxBatch', async t => {
  const { batcher, batches } = recording()
  t.same(await Promise.all([1, 2, 3].map(n => batcher.submit(n))), [10, 20, 30])
  t.same(batches, [[1, 2], [3]])
})

t.test('a full batch does not wait for the end of the turn', t => {
  const { batcher, batches } = recording()
  for (const n of [1, 2, 3]) void batcher.submit(n)
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
  for (let n = 0; n < 50; n++) await batcher.submit(n).then(turn)
  batches.length = 0
  const together = [1, 2, 3].map(n => batcher.submit(n))
  t.same(batches, [[1]])
  t.same(await Promise.all(together), [10, 20, 30])
  await turn()
  const next = [4, 5].map(n => batcher.submit(n))
  t.same(await Promise.all(next), [40, 50])
  t.same(batches, [[1], [2, 3], [4, 5]])
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
  t.same(
    batches.map(({ length }) => length),
    [25, 25]
  )
  await Promise.all(Array.from({ length: 20 }, (_, n) => batcher.submit(n)))
  t.same(
    batches.slice(2).map(({ length }) => length),
    [16, 4],
    'but not into very small ones'
  )
})

t.test('never shares out a group, even one larger than a batch', async t => {
  const { batcher, batches } = recording({ maxBatch: 10, maxInFlight: 2 })
  const group = {}
  await Promise.all([batcher.submit(0), ...Array.from({ length: 50 }, (_, n) => batcher.submit(n, group)), batcher.submit(1)])
  t.same(
    batches.map(({ length }) => length),
    [51, 1]
  )
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
