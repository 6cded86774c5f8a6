import { existsSync } from 'node:fs'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { checkerboardCsv } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'
import { smallDisk } from '../fixtures/small-disk.js'

const small = ['--dimensions', '2', '--rounds', '4', '--threads', '1', '--date', '2026-01-01']

const start = (t: Test, command: string, ...args: string[]) => startNode(t, [`build/models/train/${command}.js`, ...args])

async function place(t: Test): Promise<{ dir: string; ratings: string; out: string }> {
  const dir = t.testdir()
  const ratings = join(dir, 'ratings.csv')
  await writeFile(ratings, checkerboardCsv())
  return { dir, ratings, out: join(dir, 'board/1') }
}

t.test('the next training of a name removes what a killed one left behind, and says so', async t => {
  const { dir, ratings, out } = await place(t)
  const { process, ended } = start(t, 'train', '--ratings', ratings, '--out', out, ...small)
  const part = `${out}.${process.pid}.part`
  while (!existsSync(part)) await sleep(1)
  process.kill('SIGKILL')
  await ended
  t.same(await readdir(join(dir, 'board')), [`1.${process.pid}.part`], 'it was killed before it was done')

  const next = await start(t, 'train', '--ratings', ratings, '--out', out, ...small).ended
  t.match(next, { code: 0, out: `removed: ${part}, left by a training that was killed` })
  t.same(await readdir(join(dir, 'board')), ['1'])
})

t.test('a training leaves alone what another process is writing, and what has another name', async t => {
  const { dir, ratings, out } = await place(t)
  const theirs = [`1.${process.pid}.part`, '11.999999999.part', '1.part', 'x1.999999999.part']
  for (const name of theirs) await mkdir(join(dir, 'board', name), { recursive: true })
  const { out: said } = await start(t, 'train', '--ratings', ratings, '--out', out, ...small).ended
  t.match(said, `left alone: ${out}.${process.pid}.part, since process ${process.pid} still runs`)
  t.same((await readdir(join(dir, 'board'))).sort(), ['1', ...theirs].sort())
})

t.test('a training that runs out of disk names the file, and leaves nothing behind', async t => {
  const disk = smallDisk(t, '8k')
  if (disk === undefined) return t.plan(0, 'skipped: no small disk can be mounted here')
  const { ratings } = await place(t)
  const { code, err } = await start(t, 'train', '--ratings', ratings, '--out', join(disk, 'board/1'), ...small).ended
  t.equal(code, 1)
  t.match(err, /\/board\/1\.\d+\.part\/[a-z]+\.[a-z]+: ENOSPC: no space left on device/)
  t.notMatch(err, /\n\s+at /)
  t.same(await readdir(disk), [])
})

t.test('an evaluation that runs out of disk names the file', async t => {
  const { dir, ratings } = await place(t)
  const full = join(dir, 'full.json')
  await symlink('/dev/full', full)
  const { code, err } = await start(t, 'evaluate', '--ratings', ratings, '--splits', '1', '--json', full, ...small.slice(0, 6)).ended
  t.match({ code, err }, { code: 1, err: `${full}: ENOSPC: no space left on device` })
})
