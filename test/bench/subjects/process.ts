import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http, { type Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that listens and answers. */
export interface Service {
  pid: number
  port: number
  /** ms from the start of the process to its first answer */
  startedIn: number
  /** Asks it to close, waits until it is gone, and throws unless it ended well. */
  stop(): Promise<void>
}

export interface Reply {
  status: number
  body: string
}

const PATIENCE_MS = 60_000

export interface Start {
  /** `node` unless it says another one */
  command?: string
  port: number
  /** is asked for until it is answered */
  path: string
  env?: Record<string, string>
  /** a file descriptor for what it logs */
  stdout?: number
}

/** Starts a command with these arguments and nothing of this environment but PATH, and waits until it answers. */
export async function start(args: string[], { command = process.execPath, port, path, env, stdout }: Start): Promise<Service> {
  const begun = performance.now()
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: `${port}`, LOG_LEVEL: 'warn', ...env },
    cwd: tmpdir(), // where no .env lies
    stdio: ['ignore', stdout ?? 'ignore', 'pipe']
  })
  const ended = endOf(child)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const { code, signal, err } = await ended
    if (code !== 0 && signal !== 'SIGTERM') throw new Error(`${args.join(' ')} ended with ${code ?? signal}: ${err}`)
  }
  while (performance.now() - begun < PATIENCE_MS) {
    const reply = await get(port, path).catch(() => undefined)
    if (reply?.status === 200) return { pid: child.pid as number, port, startedIn: performance.now() - begun, stop }
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} did not start: ${(await ended).err}`)
    await sleep(2)
  }
  child.kill('SIGKILL')
  throw new Error(`${args.join(' ')} did not answer within ${PATIENCE_MS / 1000} s`)
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null; err: string }> {
  // The bench may be interrupted; what it started must not outlive it.
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  let err = ''
  child.stderr?.on('data', chunk => (err += chunk))
  const [code, signal] = await once(child, 'close')
  process.off('exit', kill)
  return { code, signal, err }
}

/** One request; on a connection of its own unless there is an agent. */
export function get(
  port: number,
  path: string,
  { agent, headers }: { agent?: Agent; headers?: Record<string, string> } = {}
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, agent: agent ?? false, headers }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', chunk => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      })
      .on('error', reject)
  })
}

/** Runs a script to its end and gives the JSON that is the last line of its output. */
export async function run<Result>(command: string, args: string[], env: Record<string, string> = {}): Promise<Result> {
  const lines = await outputOf(command, args, env)
  return JSON.parse(lines.at(-1) ?? '') as Result
}

/** Runs a script to its end and gives the lines of its output. */
export async function outputOf(command: string, args: string[], env: Record<string, string> = {}): Promise<string[]> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } })
  let out = ''
  child.stdout.on('data', chunk => (out += chunk))
  const { code, signal, err } = await endOf(child)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}: ${err}${out}`)
  return out.trimEnd().split('\n')
}
