// @ts-check
import { spawn } from 'node:child_process'

/** Ends the command with a sentence that says what to do next, without a stack trace. */
export class Refusal extends Error {}

/**
 * What becomes of a command.
 *
 * @typedef {object} Options
 * @property {string} [input] goes to its standard input
 * @property {string} [dry] the answer in a dry run
 * @property {(error: string) => string | undefined} [recover] may make an answer of its standard error
 * @property {(error: string) => string | undefined | Promise<string | undefined>} [refusal] the sentence for its standard error
 */

/**
 * Runs the commands of others. A dry shell runs none. What fails throws a Refusal: the sentence of `refusal`, or that of `explain`.
 *
 * @param {{ dry: boolean, explain: (error: string) => string | undefined }} settings
 */
export function shell({ dry, explain }) {
  /** @param {string[]} command @param {Options & { quiet?: boolean }} options */
  async function output([command, ...args], options) {
    const { code, out, err } = await finished(command, args, options)
    if (code === 0) return out.trim()
    const recovered = options.recover?.(err)
    if (recovered !== undefined) return recovered
    const sentence = (await options.refusal?.(err)) ?? explain(err)
    throw new Refusal(
      sentence ?? `"${command} ${args.slice(0, 2).join(' ')}" failed (${firstLine(err)}). Put that right, then run this again.`
    )
  }
  /** @param {string} line */
  const show = line => process.stdout.write(`\n$ ${line}\n`)

  return {
    /**
     * Runs it quietly.
     *
     * @param {string[]} command @param {Options} [options]
     * @returns what it prints
     */
    read: async (command, options = {}) => (dry ? (options.dry ?? '') : output(command, { ...options, quiet: true })),

    /**
     * Shows it as one would type it, then runs it and shows what it prints.
     *
     * @param {string[]} command @param {Options} [options]
     */
    run: async (command, options = {}) => {
      show(typed(command))
      if (!dry) await output(command, options)
    },

    /**
     * `source | sink`. What goes through is not shown.
     *
     * @param {string[]} source @param {string[]} sink @param {Options} [options] of the sink
     */
    pipe: async (source, sink, options = {}) => {
      show(`${typed(source)} | ${typed(sink)}`)
      if (!dry) await output(sink, { ...options, input: await output(source, { quiet: true }) })
    }
  }
}

/** @param {string} command */
export async function isInstalled(command) {
  return finished(command, ['--version'], { quiet: true }).then(
    ({ code }) => code === 0,
    () => false
  )
}

/** @param {string} text */
export const firstLine = text => text.trim().split('\n', 1)[0] || 'it does not say why'

/**
 * @param {string} command @param {string[]} args @param {{ input?: string, quiet?: boolean }} options
 * @returns {Promise<{ code: number | null, out: string, err: string }>}
 */
function finished(command, args, { input, quiet }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args)
    const said = { out: '', err: '' }
    /** @param {import('node:stream').Readable} stream @param {'out' | 'err'} name @param {NodeJS.WriteStream} echo */
    const listen = (stream, name, echo) =>
      stream.setEncoding('utf8').on('data', text => {
        said[name] += text
        if (!quiet) echo.write(text)
      })
    listen(child.stdout, 'out', process.stdout)
    listen(child.stderr, 'err', process.stderr)
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...said }))
    // A command that ends without reading is judged by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** @param {string[]} command as one would type it */
const typed = command => command.map(quoted).join(' ')

/** @param {string} word */
const quoted = word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
