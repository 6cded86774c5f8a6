import { cp, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { trainCheckerboard } from '../../fixtures/checkerboard.js'
import type { Child } from '../../fixtures/child.js'
import { startService } from '../../fixtures/service.js'

const good = await trainCheckerboard(t.testdir())

/** A service on a folder of its own, and what it logs while `change` happens, without the lines of the start. */
async function logOf(t: Test, change: (weights: string) => Promise<void>, wait: (child: Child) => Promise<unknown>): Promise<string> {
  const MODEL_DIR = join(t.testdir(), 'board', '1')
  await cp(good, MODEL_DIR, { recursive: true })
  const { child, port } = await startService(t, { MODEL_DIR })
  // the first look has to be over
  await sleep(1000)
  await change(join(MODEL_DIR, 'weights.bin'))
  await wait(child)
  t.match(await fetch(`http://127.0.0.1:${port}/livez`), { status: 200 })
  child.process.kill('SIGTERM')
  return (await child.ended).out
}

t.test('weights that are overwritten in place are noticed', async t => {
  const overwrite = async (weights: string): Promise<void> => {
    const file = await open(weights, 'r+')
    await file.write(Buffer.alloc(16), 0, 16, 0)
    await file.close()
  }
  const said = /"level":50,[^\n]*weights\.bin of the model folder was changed in place/
  t.match(await logOf(t, overwrite, child => child.says(said)), said)
})

t.test('a file that is renamed into place is no fault', async t => {
  const replace = async (weights: string): Promise<void> => {
    await writeFile(`${weights}.new`, (await readFile(weights)).fill(0, 0, 16))
    await rename(`${weights}.new`, weights)
  }
  t.notMatch(await logOf(t, replace, () => sleep(6000)), /in place/)
})
