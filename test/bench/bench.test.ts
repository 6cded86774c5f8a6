import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { randomLcg } from 'd3-random'
import t from 'tap'
import { best, normsOf, whatIsWrong } from './measure/exact.js'
import { catalogueName } from './catalogues/catalogue.js'
import { openLoop } from './load/open-loop.js'
import { compareAnswers } from './measure/same-answers.js'
import { byStage, type CpuProfile } from './measure/stages.js'
import { median, medianRatio, medians, percentile } from './measure/statistics.js'
import { takeTurns } from './measure/turns.js'
import { usage } from './measure/usage.js'
import { normAt, synthetic, viewsAt } from './catalogues/synthetic.js'
import { findPython } from './subjects/fastapi.js'

t.test('a percentile is one of the values', async t => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
  t.equal(percentile(hundred, 0.5), 50)
  t.equal(percentile(hundred, 0.99), 99)
  t.equal(percentile(hundred, 0.999), 100)
  t.equal(percentile([7], 0.5), 7)
})

t.test('a median is the middle, and of an even number of values the mean of the middle two', async t => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([9, 1, 5, 6]), 5.5)
  t.same(
    medians([
      { rps: 1, p99: 30 },
      { rps: 3, p99: 10 },
      { rps: 2, p99: 20 }
    ]),
    { rps: 2, p99: 20 }
  )
})

t.test('a ratio is taken within each round, so that a slow round does no harm', async t => {
  // the machine was twice as slow in the second round, for both
  t.equal(medianRatio([80, 40, 80], [100, 50, 100]), 0.8)
  t.throws(() => medianRatio([1], [1, 2]), { message: 'expected as many rounds of both, found 1 and 2' })
})

t.test('sides take turns, and each round begins with another one', async t => {
  const asked: string[] = []
  const rounds = await takeTurns({ a: 1, b: 2 }, 3, async (service, side) => `${side}${asked.push(side)}${service}`)
  t.equal(asked.join(''), 'abbaab')
  t.same(rounds, { a: ['a11', 'a41', 'a51'], b: ['b22', 'b32', 'b62'] })
})

t.test('in an open loop requests come whether or not earlier ones are answered, and an answer counts from when it was due', async t => {
  let most = 0
  let open = 0
  const slow = createServer((request, response) => {
    most = Math.max(most, ++open)
    setTimeout(() => {
      open--
      response.writeHead(request.url === '/bad' ? 500 : 200, { 'content-length': 2 }).end('ok')
    }, 100)
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  t.teardown(() => slow.close())
  const { port } = slow.address() as AddressInfo
  const paths = async (name: string, text: string): Promise<string> => {
    const file = join(t.testdirName, name)
    await writeFile(file, text)
    return file
  }
  t.testdir()

  const few = await openLoop({ port, rate: 200, seconds: 0.5, paths: await paths('good', '/a\n/b\n') })
  t.ok(few.requests > 70 && few.requests < 130, `${few.requests}, about 100 were expected`)
  t.ok(most > 10, `${most} at a time, of 200 a second that take a tenth of it`)
  t.ok(few.p50 >= 99, `${few.p50} ms`)
  t.ok(few.bytes / few.requests > 'HTTP/1.1 200 OK'.length && few.bytes / few.requests < 500, 'heads are counted')
  t.equal(few.errors, 0)

  const many = await openLoop({ port, rate: 2500, seconds: 0.3, paths: await paths('many', '/a\n') })
  t.ok(many.p99 > 200, `${many.p99} ms: who comes when all connections are busy waits, and that counts`)

  const { requests, errors } = await openLoop({ port, rate: 100, seconds: 0.3, paths: await paths('half', '/a\n/bad\n') })
  t.ok(Math.abs(errors - requests) <= 1 && errors > 0, `${errors} errors beside ${requests} answers`)
})

t.test('a drawn catalogue', async t => {
  const size = { items: 20_000, dimensions: 16, users: 300 }
  const { factors, ratings } = synthetic(size)
  const norms = normsOf(factors)
  const mean = (from: number, to: number): number => norms.slice(from, to).reduce((sum, norm) => sum + norm, 0) / (to - from)

  t.test('has norms that fall with popularity as stated', async t => {
    for (const rank of [0, 3000, 15_000]) {
      const ratio = mean(rank, rank + 500) / normAt(rank + 250)
      t.ok(Math.abs(ratio - 1) < 0.05, `from rank ${rank}: ${ratio.toFixed(3)} of it`)
    }
    t.ok(mean(0, 500) > 4 * mean(19_500, 20_000))
  })

  t.test('is watched the more, the more popular an item is, by people who have seen some 165 each, nothing twice', async t => {
    const views = new Int32Array(size.items)
    for (const row of ratings.item) views[row]++
    const share = (from: number, to: number): number => views.slice(from, to).reduce((sum, count) => sum + count, 0)
    t.ok(share(0, 100) > 2 * share(1000, 1100) && share(1000, 1100) > 2 * share(10_000, 10_100))
    t.ok(viewsAt(0) === 1 && viewsAt(1000) < viewsAt(100))
    const perUser = ratings.item.length / size.users
    t.ok(perUser > 120 && perUser < 210, `${perUser} each`)
    t.equal(new Set(ratings.item.map((row, i) => ratings.user[i] * size.items + row)).size, ratings.item.length)
  })

  t.test('is the same every time', async t => {
    const again = synthetic(size)
    t.same(again.factors.factors.slice(0, 100), factors.factors.slice(0, 100))
    t.same(again.ratings.item.slice(-100), ratings.item.slice(-100))
  })
})

t.test('the judge of exactness', async t => {
  const random = randomLcg(1)
  const scores = Float64Array.from({ length: 1000 }, random)
  scores[5] = scores[6] = 2 // twins, best of all
  scores[7] = -Infinity // seen
  const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b)
  const right = order.slice(0, 10)
  const judge = (rows: number[]): string | undefined => whatIsWrong(rows, scores, 10, 1e-9)

  t.same(
    best(scores, 10),
    right.map(row => scores[row])
  )
  t.equal(judge(right), undefined)
  t.equal(judge([6, 5, ...right.slice(2)]), undefined, 'takes ties in any order')
  t.match(judge([...right.slice(0, 9), order[10]]), /^rank 10: expected a score of 0\.99/, 'notices the eleventh in place of the tenth')
  t.match(judge([right[0], right[1], right[3], right[2], ...right.slice(4)]), /^rank 3: /, 'notices two that changed places')
  t.equal(judge([5, 5, ...right.slice(2)]), 'the same item comes twice')
  t.equal(judge(right.slice(0, 9)), 'expected 10 items, found 9')
  t.match(judge([7, ...right.slice(1)]), /row 7 of -Infinity/, 'notices what has been seen')
  t.match(judge([-1, ...right.slice(1)]), /row -1 of NaN/, 'notices what is no item')
})

t.test('a catalogue has a name that says how large it is', async t => {
  for (const name of ['default', '62000x128', '1000000x128', '62000x128x1000']) t.equal(catalogueName(name), name)
  for (const name of ['', '62k', '62000', 'x128', '62000x']) t.throws(() => catalogueName(name), /Expected default or ITEMSxDIMENSIONS/)
})

t.test('a CPU profile is summed by stage, within a window, and what has no file belongs to its caller', async t => {
  const frames: [functionName: string, url: string, ...children: number[]][] = [
    ['(root)', '', 2, 3, 4, 6],
    ['(idle)', ''],
    ['(garbage collector)', ''],
    ['lookup', 'file:///node_modules/find-my-way/index.js', 5],
    ['exec', ''],
    ['_writeGeneric', 'node:net', 7],
    ['validate10', '']
  ]
  const profile: CpuProfile = {
    nodes: frames.map(([functionName, url, ...children], i) => ({ id: i + 1, callFrame: { functionName, url }, children })),
    startTime: 1000,
    // at 1010, 1020 … each lasts 10 µs
    samples: [4, 5, 2, 3, 6, 7, 4],
    timeDeltas: [10, 10, 10, 10, 10, 10, 10]
  }
  const { route, collect, write, validate, ...others } = byStage(profile, 1020, 1070)
  t.same(
    { route, collect, write, validate },
    { route: 10, collect: 10, write: 10, validate: 10 },
    'idle time is nobody’s, what came before the window neither'
  )
  t.ok(Object.values(others).every(us => us === 0))
})

t.test('without Python, the bench says so and measures the others', async t => {
  const path = t.testdir()
  await symlink(execFileSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).trim(), join(path, 'bash'))
  t.match(findPython(path), { missing: /^there is no python3 with venv/ })
})

t.test('who answers another list than the service is not measured beside it', async t => {
  const serve = async (answers: Record<string, string>) => {
    const server = createServer(({ url = '' }, response) => response.end(answers[url])).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    return server.address() as AddressInfo
  }
  const ours = await serve({ '/recommend/a%2Fb': '3,1', '/recommend/c': '2' })
  await t.resolves(compareAnswers(ours, await serve({ '/recommend/a%2Fb': '3,1', '/recommend/c': '2' }), ['a/b', 'c']))
  const other = await serve({ '/recommend/a%2Fb': '3,1', '/recommend/c': '5' })
  await t.rejects(compareAnswers(ours, other, ['a/b', 'c']), {
    message: /^\/recommend\/c: expected the same list of both, found 2 .* and 5 /
  })
})

t.test('what a service uses is counted with all of its processes', { skip: process.platform !== 'linux' && 'needs /proc' }, async t => {
  const child = "console.log('up'); setInterval(() => {}, 1000)"
  const parent = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, child], { detached: true })
  t.teardown(() => process.kill(-(parent.pid as number)))
  await once(parent.stdout, 'data')
  const { rss, cpu } = usage(parent.pid as number)
  t.ok(rss > 25, `${rss} MB, of a shell and of Node`)
  t.ok(cpu > 0)
})
