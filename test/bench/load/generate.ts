import { closedLoop } from './closed-loop.js'
import type { ClosedLoop, OpenLoop } from './load.js'
import { openLoop } from './open-loop.js'
import { overload } from './overload.js'

// A load as JSON: makes it, and prints what came of it as JSON.
const loop = JSON.parse(process.argv[2]) as ClosedLoop | OpenLoop
const load = await ('rate' in loop ? (loop.over ? overload(loop) : openLoop(loop)) : closedLoop(loop))
process.stdout.write(`${JSON.stringify(load)}\n`, () => process.exit())
