// @ts-check
// Compiles src whenever it changes, and then starts the server anew. JavaScript, since it runs before anything is compiled.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import ts from 'typescript'

/** @type {import('node:child_process').ChildProcess | undefined} */
let server
let ending = false

function start() {
  if (ending) return
  server = spawn(process.execPath, ['--enable-source-maps', 'dist/server.js', ...process.argv.slice(2)], { stdio: 'inherit' })
}

/** @param {NodeJS.Signals} signal */
async function stop(signal) {
  if (!server || server.exitCode !== null || server.signalCode !== null) return
  server.kill(signal)
  await once(server, 'exit')
}

let restarted = Promise.resolve()
function restart() {
  restarted = restarted.then(() => stop('SIGTERM')).then(start)
}

const host = ts.createWatchCompilerHost('tsconfig.json', { noCheck: true, preserveWatchOutput: true }, ts.sys)
const { afterProgramCreate: emit } = host
/** @param {ts.EmitAndSemanticDiagnosticsBuilderProgram} program */
host.afterProgramCreate = program => {
  emit?.(program)
  restart()
}
ts.createWatchProgram(host)
// The server reads the page's files once.
ts.sys.watchDirectory?.('src/page', restart, true)

/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM']
for (const signal of signals) {
  process.on(signal, async () => {
    ending = true
    await stop(signal)
    process.exit()
  })
}
