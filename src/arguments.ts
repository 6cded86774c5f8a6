import { parseArgs } from 'node:util'
import { configSchema } from './config.js'

const settings = Object.entries(configSchema.properties).map(
  ([name, { default: value, description }]) => `  ${name}=${value}\n      ${description}`
)

export const usage = `Usage: npm start, or once it is compiled: node bundle/server.js

Serves one model over HTTP. The only argument is --help. Settings are environment variables, or lines in a file .env of the
working directory, over which environment variables win. With their defaults they are:

${settings.join('\n')}
`

/** @throws Error that names the argument nobody knows */
export function readArguments(args: string[]): { help?: boolean } {
  try {
    return parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } }).values
  } catch (error) {
    throw new Error(`${(error as Error).message}. Settings are environment variables: --help names them.`, { cause: error })
  }
}
