import { readFileSync } from 'node:fs'
import { ROOT } from './root.js'

/** The version of this service, from package.json. */
export const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string }
