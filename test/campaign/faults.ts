import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ROOT } from '../bench/paths.js'
import type { Attack } from './promise.js'

/** The tests of what docs/reliability.md promises, each on a real process. `npm test` runs them, too. */
const FILES = {
  shutdown: ['test/shutdown.test.ts', 'test/http/drain.test.ts', 'test/http/idle-connections.test.ts'],
  recovery: [
    'test/logger.test.ts',
    'test/recommender/scoring',
    'test/recommender/model',
    'test/train/faults.test.ts',
    'test/server.test.ts'
  ],
  pressure: ['test/http/connections.test.ts', 'test/http/security', 'test/reliability.test.ts']
}

/** Each fault of docs/reliability.md. They are part of `npm test`, so the short form leaves them to it. */
export const faults: Attack = () => ({
  name: 'faults',
  sentence: 'Every fault is seen, said and mended as docs/reliability.md tells',
  async attempt(form) {
    const files = Object.values(FILES).flat()
    if (form === 'short') return { figure: `${files.length} tests, left to \`npm test\``, holds: true }
    const tap = spawn('npx', ['tap', '--jobs=1', ...files], {
      cwd: ROOT,
      env: { ...process.env, CI: 'true' },
      stdio: ['ignore', 'inherit', 'inherit']
    })
    const [code] = (await once(tap, 'close')) as [number]
    return { figure: `${files.length} tests`, holds: code === 0 }
  }
})
