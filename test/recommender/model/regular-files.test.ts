import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, link, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { writeFiles } from '../../../models/train/export/folder.js'
import { graph } from '../../../models/train/export/graph.js'
import { loadModel } from '../../../src/recommender/model/load-model.js'
import { openScorer } from '../../../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import { chance } from '../../fixtures/graphs.js'

const good = await trainCheckerboard(t.testdir())

/** The path of a socket has to be short. */
const beside = await mkdtemp(join(tmpdir(), 'socket-'))
const socket = join(beside, 's')
const server = createServer().listen(socket)
await once(server, 'listening')
t.teardown(async () => {
  server.close()
  await rm(beside, { recursive: true })
})

const IN_ITS_PLACE: Record<string, (file: string) => unknown> = {
  'a FIFO': file => spawnSync('mkfifo', [file]),
  'a device': file => symlink('/dev/zero', file),
  'a socket': file => symlink(socket, file),
  'a folder': file => mkdir(file)
}

for (const name of ['manifest.json', 'model.onnx', 'weights.bin', 'items.json', 'histories.bin']) {
  t.test(`${name} has to be a regular file; anything else is refused, and never waited for`, async t => {
    for (const [kind, make] of Object.entries(IN_ITS_PLACE))
      t.match(await refusal(t, name, make), `${name}: expected a regular file, found ${kind}.`)
  })
}

/** Each file by itself, as `cp -al` and `rsync --link-dest` make them, `cp -as`, and the volumes of Kubernetes. */
const OF_LINKS: Record<string, (dir: string) => Promise<void>> = {
  'hard links': async dir => {
    await mkdir(dir)
    for (const name of await readdir(good)) await link(join(good, name), join(dir, name))
  },
  'symbolic links': async dir => {
    await mkdir(dir)
    for (const name of await readdir(good)) await symlink(join(good, name), join(dir, name))
  },
  'symbolic links through a link to a folder': async dir => {
    await cp(good, join(dir, '..2026'), { recursive: true })
    await symlink('..2026', join(dir, '..data'))
    for (const name of await readdir(good)) await symlink(join('..data', name), join(dir, name))
  }
}

for (const [kind, make] of Object.entries(OF_LINKS)) {
  t.test(`a folder of ${kind} is served`, async t => {
    const dir = join(t.testdir(), 'model')
    await make(dir)
    const { scorer } = await loadModel(dir, openScorer)
    await scorer.close()
  })
}

t.test('where ONNX Runtime follows no hard links, as in the branches of a graph that stops early, the refusal says what to do', async t => {
  const dir = t.testdir()
  const { floats } = chance(7)
  const factors = { items: 200, dimensions: 16, factors: floats(200 * 16), popularity: floats(200).map(Math.abs), fade: 1 }
  await writeFiles(dir, graph(factors, { short: [100, 200], long: [100, 200] }))
  await link(join(dir, 'weights.bin'), join(dir, 'another-name.bin'))
  const opening = openScorer(dir, { items: 200, order: false }, 1, () => {})
  await t.rejects(opening, { message: /^model\.onnx: .* several hard links\. Copy the folder by `cp -r`/ })
})

async function copy(t: Test): Promise<string> {
  const dir = join(t.testdir(), 'model')
  await cp(good, dir, { recursive: true })
  return dir
}

async function refusal(t: Test, name: string, make: (file: string) => unknown): Promise<string> {
  const dir = await copy(t)
  await rm(join(dir, name))
  await make(join(dir, name))
  return loadModel(dir, openScorer).then(
    () => 'nothing: it was served',
    (error: Error) => error.message
  )
}
