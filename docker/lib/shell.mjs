import { spawn } from 'node:child_process'

/** Ends the command with a sentence that says what to do next, and not with a stack. */
export class Refusal extends Error {}

/**
 * Runs the commands of others. A dry shell runs none.
 *
 * - `read(command, args)` asks quietly and gives what it prints; `dry` stands in for that, `recover` may make an answer of an error
 * - `run(command, args)` shows the command as it could be typed, and lets it talk
 *
 * Where one fails, they throw a Refusal: what `refusal` makes of its standard error, or else `explain`.
 */
export function shell({ dry, explain }) {
  async function ended(command, args, options) {
    const { code, out, err } = await finished(command, args, options)
    if (code === 0) return out.trim()
    const recovered = options.recover?.(err)
    if (recovered !== undefined) return recovered
    const sentence = (await options.refusal?.(err)) ?? explain(err)
    throw new Refusal(
      sentence ?? `"${command} ${args.slice(0, 2).join(' ')}" failed (${firstLine(err)}). Put that right, then run this again.`
    )
  }
  return {
    read: async (command, args, options = {}) => (dry ? (options.dry ?? '') : ended(command, args, { ...options, quiet: true })),
    run: async (command, args, options = {}) => {
      process.stdout.write(`\n$ ${[command, ...args].map(quoted).join(' ')}\n`)
      if (!dry) await ended(command, args, options)
    }
  }
}

export async function isThere(command) {
  return finished(command, ['--version'], { quiet: true }).then(
    ({ code }) => code === 0,
    () => false
  )
}

export const firstLine = text => text.trim().split('\n', 1)[0] || 'it does not say why'

function finished(command, args, { input, quiet }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args)
    const said = { out: '', err: '' }
    const listen = (stream, name, echo) =>
      stream.setEncoding('utf8').on('data', text => {
        said[name] += text
        if (!quiet) echo.write(text)
      })
    listen(child.stdout, 'out', process.stdout)
    listen(child.stderr, 'err', process.stderr)
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...said }))
    // One that ends without reading is judged by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

const quoted = word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
