import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { App } from './http/fastify.js'
import { boot } from './boot.js'
import type { Config } from './config.js'
import { openScorerThread } from './recommender/scoring/scorer-thread.js'

// To exit while a thread is inside ONNX Runtime aborts the process with a core dump. When time is up, this is cleaner.
const kill = (): void => void process.kill(process.pid, 'SIGKILL')

let closing = false
let app: App | undefined
try {
  const { config, warmUp, ...booted } = await boot(process.env, {
    openScorer: openScorerThread,
    runs: 'server',
    isReady: () => !closing,
    onFailure: error => {
      throw error
    }
  })
  app = booted.app
  await warmUp()
  await listen(app, config)
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  process.stderr.write(`movie-recommender cannot start. ${message}${code === 'EADDRINUSE' ? '. Set PORT to a free one.' : ''}\n`)
  await app?.close()
  process.exit(1)
}

async function listen(app: App, { HOST: host, PORT: port, SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS }: Config): Promise<void> {
  const { close } = closeWithGrace(
    { skip: ['SIGINT'], delay: SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS, logger: app.log, onTimeout: kill, onSecondSignal: kill },
    async ({ signal, err }) => {
      closing = true
      if (err) app.log.fatal({ err }, 'closing after an error')
      else app.log.info(`closing after ${signal ?? 'SIGINT'}`)
      if (signal) await sleep(SHUTDOWN_DELAY_MS)
      await app.close()
    }
  )
  // Under npm, Ctrl-C arrives twice: from the terminal and from npm. Only a later one means "stop at once".
  let interrupted = 0
  process.on('SIGINT', () => {
    if (interrupted === 0) void close()
    else if (performance.now() - interrupted > 1000) kill()
    interrupted ||= performance.now()
  })
  const address = await listenOn(app, host, port)
  app.log.info(`try: curl localhost:${new URL(address).port}/recommend/42`)
}

/** `::` is every address of both families. A host without IPv6 has it not, and there it is every address of IPv4. */
async function listenOn(app: App, host: string, port: number): Promise<string> {
  const listenTextResolver = (address: string): string => `listening on ${address}`
  try {
    return await app.listen({ host, port, listenTextResolver })
  } catch (error) {
    const hasNoIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (host !== '::' || !hasNoIpv6) throw error
    return app.listen({ host: '0.0.0.0', port, listenTextResolver })
  }
}
