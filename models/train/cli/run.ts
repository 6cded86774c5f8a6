import type { Command } from 'commander'

/** Runs a command's body; what it throws ends it with one sentence and exit code 1. */
export async function run(command: Command): Promise<void> {
  try {
    await command.parseAsync()
  } catch (error) {
    process.stderr.write(`\n${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
