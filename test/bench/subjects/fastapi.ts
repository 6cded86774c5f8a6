import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { source } from '../paths.js'
import { type Service, start } from './process.js'

// npm starts scripts in the repository's root.
const TOOLS = 'test/python-tools'
const REQUIREMENTS = 'test/bench/subjects/requirements.txt'
const SUBJECT = source('subjects/fastapi_ort.py')
const NOT_TO_BE_HAD = 77

/** A Python with what the control F needs, or why there is none. */
export type Python = { command: string } | { missing: string }

/**
 * The first call installs the packages, which takes a minute.
 *
 * @param path where to look for commands
 */
export function findPython(path = process.env.PATH): Python {
  const { status, stdout, stderr } = spawnSync(TOOLS, [REQUIREMENTS], {
    env: { ...process.env, PATH: path },
    encoding: 'utf8'
  })
  if (status === 0) return { command: join(stdout.trim(), 'python') }
  if (status === NOT_TO_BE_HAD) return { missing: /^skipped: (.*)$/m.exec(stderr)?.[1] ?? stderr }
  throw new Error(`${TOOLS} ended with ${status}: ${stderr}`)
}

/** FastAPI in as many processes as there are cores. */
export function startFastApi(command: string, { port, path, dir }: { port: number; path: string; dir: string }): Promise<Service> {
  const quiet = ['--log-level', 'warning', '--no-access-log']
  const args = ['-m', 'uvicorn', 'fastapi_ort:app', '--app-dir', dirname(SUBJECT), '--port', `${port}`, '--workers', `${cpus().length}`]
  return start([...args, ...quiet], { command, port, path, env: { MODEL_DIR: dir } })
}
