import { resolve } from 'node:path'

// Two processes may run the same test file at the same time: each gets its own place for tap's testdirs.
process.env.TAP_CWD = resolve('.tap', String(process.pid))
// A busy machine must not pass for a test that fails: how long a mutant may take, the runner knows better.
process.env.TAP_TIMEOUT = '0'
