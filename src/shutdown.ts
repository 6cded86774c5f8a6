import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Config } from './config.js'
import type { App } from './http/fastify.js'

/** Nobody sends these: they are faults of native code. Whoever handles one runs the faulty instruction again, for ever. */
const FAULTS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP'] as const

/** Closes the app in order at a signal or an error, and then ends the process. @param onClosing is called first */
export function shutDownInOrder(app: App, { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS }: Config, onClosing: () => void): void {
  const { close } = closeWithGrace(
    // SIGHUP ends it at once: the terminal is gone, and with it the log.
    { skip: ['SIGINT', 'SIGHUP', 'SIGABRT', ...FAULTS], delay: SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS, logger: app.log },
    async ({ signal, err }) => {
      onClosing()
      if (err) app.log.fatal({ err }, 'closing after an error')
      else app.log.info(`closing after ${signal ?? 'SIGINT'}`)
      if (signal) await sleep(SHUTDOWN_DELAY_MS)
      await app.close()
    }
  )
  // A watchdog may send this one. If native code aborts, it does not wait for us.
  process.once('SIGABRT', () => {
    app.log.fatal('aborted by SIGABRT')
    process.abort()
  })
  // Under npm, Ctrl-C arrives twice: from the terminal and from npm. Only a later one means "stop at once".
  let interrupted = 0
  process.on('SIGINT', () => {
    if (interrupted === 0) void close()
    else if (performance.now() - interrupted > 1000) process.exit(1)
    interrupted ||= performance.now()
  })
}
