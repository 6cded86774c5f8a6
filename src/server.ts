import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { readArguments, usage } from './arguments.js'
import { boot } from './boot.js'
import { type Config, readConfig } from './config.js'
import type { App } from './http/fastify.js'
import { createLogger } from './logger.js'
import { openAdaptiveScorer } from './recommender/scoring/adaptive-scorer.js'
import type { OpenScorer } from './recommender/scoring/scorer.js'
import { shareEventLoopMonitor } from './metrics/event-loop-delay.js'
import { shutDownInOrder } from './shutdown.js'

shareEventLoopMonitor()

let closing = false
let app: App | undefined
try {
  const { help } = readArguments(process.argv.slice(2))
  if (help) process.stdout.write(usage)
  else await serve()
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  process.stderr.write(`movie-recommender cannot start. ${message}${code === 'EADDRINUSE' ? '. Set PORT to a free one.' : ''}\n`)
  await app?.close()
  process.exit(1)
}

async function serve(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile()
  const { WORKERS, LOG_LEVEL } = readConfig(process.env)
  if (WORKERS > 1 && cluster.isPrimary) {
    const { supervise } = await import('./workers.js')
    return supervise(WORKERS, (await createLogger(LOG_LEVEL)).logger)
  }
  // So many processes leave no core for the scoring threads.
  const isCrowded = WORKERS > 1 && 2 * WORKERS > availableParallelism()
  const openScorer: OpenScorer = (...model) => openAdaptiveScorer(...model, isCrowded)
  const { config, warmUp, ...booted } = await boot(process.env, { openScorer, runs: 'server', isCrowded, isReady: () => !closing })
  app = booted.app
  await warmUp()
  shutDownInOrder(app, config, () => {
    closing = true
  })
  await listen(app, config)
}

/**
 * `::` is every address of both families. On a host without IPv6, `0.0.0.0` takes its place. Whoever finds the backlog full
 * tries again after a second, so it has room for all connections; the kernel takes no more than its own limit (somaxconn).
 */
async function listen(app: App, { HOST: host, PORT: port, MAX_CONNECTIONS: backlog }: Config): Promise<void> {
  const listenTextResolver = (address: string): string => {
    const page = address.replace('[::]', 'localhost')
    return `listening on ${page}: open it in a browser, or: curl ${new URL(page).host}/recommend/42`
  }
  try {
    await app.listen({ host, port, backlog, listenTextResolver })
  } catch (error) {
    const hasNoIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (host !== '::' || !hasNoIpv6) throw error
    await app.listen({ host: '0.0.0.0', port, backlog, listenTextResolver })
  }
}
