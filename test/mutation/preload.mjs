import { resolve } from 'node:path'

// Two processes may run the same test file at the same time: each gets its own place for tap's testdirs.
process.env.TAP_CWD = resolve('.tap', String(process.pid))
