import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KNOBS } from '../../models/train/tuning/knobs.js'
import { bestOf, nextSettings, type Trial } from '../../models/train/tuning/search.js'
import { DEFAULTS, type Settings } from '../../models/train/model/settings.js'
import { checkerboardCsv } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'

const search = (trials: Trial[], wanted: number, goal: (settings: Settings) => number, fixed = new Set<keyof Settings>()): Trial[] => {
  while (trials.length < wanted) {
    const settings = nextSettings(DEFAULTS, trials, fixed)
    trials.push({ settings, score: goal(settings) })
  }
  return trials
}
/** Best where iALS has a share of .8 and 32 columns. */
const goal = ({ share, dimensions }: Settings): number => -Math.abs(share - 0.8) - Math.abs(dimensions - 32) / 100

t.test('a search begins with the settings that it is given, and finds better ones', async t => {
  const trials = search([], 200, goal)
  t.same(trials[0].settings, DEFAULTS)
  const { share, dimensions } = bestOf(trials).settings
  t.ok(Math.abs(share - 0.8) < 0.05, `share ${share}`)
  t.equal(dimensions, 32)
})

t.test('a search that was stopped goes on as if it had not been', async t => {
  const whole = search([], 30, goal)
  t.same(search(whole.slice(0, 17), 30, goal), whole)
})

t.test('what is given stays as it is', async t => {
  for (const { settings } of search([], 60, goal, new Set(['share', 'weights'])))
    t.match(settings, { share: DEFAULTS.share, weights: DEFAULTS.weights })
})

t.test('every knob turns, and stands where it was turned to', async t => {
  for (const knob of KNOBS) {
    const value = knob.draw(() => 0.9)
    t.ok(Math.abs(knob.of(knob.turn(DEFAULTS, value)) - value) < 1e-2, knob.settings.join())
    t.notSame(
      knob.turn(
        DEFAULTS,
        knob.draw(() => 0.01)
      ),
      knob.turn(DEFAULTS, value),
      knob.settings.join()
    )
  }
})

const tune = (t: Test, ...args: string[]) =>
  startNode(t, ['build/models/train/tune.js', '--threads', '1', '--model', 'ials', '--rounds', '2', ...args]).ended

t.test('tune prints the command that trains with the best settings, and goes on where it stopped', async t => {
  const dir = t.testdir()
  const ratings = join(dir, 'ratings.csv')
  const state = join(dir, 'tune.json')
  await writeFile(ratings, checkerboardCsv())
  const args = ['--ratings', ratings, '--state', state, '--splits', 'a', '--trials']

  const first = await tune(t, ...args, '2')
  t.equal(first.code, 0, first.err)
  t.match(first.out, /^2 trials on splits of 89 ratings: NDCG@10 \d\.\d{4}, from \d\.\d{4} at the start\n/m)
  t.match(first.out, /npm run train -- --ratings ratings\.csv --out models\/NAME\/1 --model ials --like 4 --dimensions \d+ --weights /)

  const second = await tune(t, ...args, '3')
  t.match(second.err, /tuning 2\/3 tried before, \d\.\d{4}\ntuning 3\/3 /)
  t.equal(JSON.parse(await readFile(state, 'utf8')).trials.length, 3)

  t.match(await tune(t, ...args, '4', '--like', '5'), {
    code: 1,
    err: 'it keeps a search with other ratings, splits or settings: choose another --state'
  })
  t.match(await tune(t, ...args, '9', '--minutes', '0'), { code: 0, out: '3 trials' }, 'no time, no trial')
})
