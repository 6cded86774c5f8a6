// @ts-check
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Refusal } from './shell.mjs'

/**
 * Waits for a yes on the terminal before anything costs or is destroyed.
 *
 * @param {string} [question]
 * @throws Refusal where the answer is no, or where nobody can answer
 */
export async function confirm(question = 'Go on?') {
  if (!process.stdin.isTTY)
    throw new Refusal('There is no terminal to confirm this at. Add --yes to go on without asking, or --dry-run to see the commands.')
  // The terminal edits the line, and Ctrl+C ends the command as ever.
  const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: false })
  // Ctrl+D closes it.
  const closed = once(terminal, 'close').then(() => '')
  const answer = await Promise.race([terminal.question(`\n${question} [y/N] `).catch(() => ''), closed])
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('Nothing was changed.')
}
